#!/bin/sh
# prepare.sh ENV_DIR REQUIREMENTS PYTHON [PIP_ARG...]
#
# Makes the Python environment ENV_DIR (a venv) with what REQUIREMENTS lists, using PYTHON (3.11 or newer).
# PIP_ARGs go to `pip install` as they are (--no-index --find-links DIR on a cluster without network).
# Exit status: 0 only if the environment is ready; 1 failed (the reason is in ENV_DIR.state); 2 wrong usage.
#
# Leaves: ENV_DIR/.ready   sha256 of REQUIREMENTS, written last
#         ENV_DIR.state    one line of JSON: state creating|ready|failed, step venv|install|verify, done, total, pid, message
#                          (packages; while pip still collects, `done` counts the collected and `total` is 0, unknown)
#         ENV_DIR.log      what pip said
# May be started twice at once, and again after being killed: the second waits for the first and shares its outcome.
set -u

if [ $# -lt 3 ]; then
  echo "usage: prepare.sh ENV_DIR REQUIREMENTS PYTHON [PIP_ARG...]" >&2
  exit 2
fi
env_dir=${1%/}
requirements=$2
python=$3
shift 3
case $env_dir in
  /*) ;;
  '' | -*) echo "prepare.sh: not a folder name: '$env_dir'" >&2; exit 2 ;;
  *) env_dir=$PWD/$env_dir ;;
esac
log=$env_dir.log
state_file=$env_dir.state
lock=$env_dir.lock
lock_stale_minutes=10 # only judged by age if the owner is on another machine; its state file is rewritten every second
step=venv
installer=

# report STATE DONE TOTAL MESSAGE: replaces the state file at once, so that a reader never sees half a line.
report() {
  message=$(printf '%s' "$4" | tr '\000-\037' ' ' | sed 's/\\/\\\\/g; s/"/\\"/g')
  printf '{"state":"%s","step":"%s","done":%d,"total":%d,"pid":%d,"message":"%s"}\n' \
    "$1" "$step" "$2" "$3" "$$" "$message" >"$state_file.$$" && mv -f "$state_file.$$" "$state_file"
}

fail() {
  report failed 0 0 "$1"
  echo "prepare.sh: $1" >&2
  exit 1
}

is_ready() { [ -n "$sha" ] && [ "$(cat "$env_dir/.ready" 2>/dev/null)" = "$sha" ] && [ -x "$env_dir/bin/python" ]; }

# The lock is a symbolic link whose target is "host:pid": made with its content in one step, on any file system.
lock_owner_alive() {
  owner_host=${1%:*}
  owner_pid=${1##*:}
  if [ "$owner_host" = "$host" ]; then
    # The name is compared too: after a reboot the number may belong to another program.
    case $(ps -p "$owner_pid" -o args= 2>/dev/null) in *prepare.sh*) return 0 ;; *) return 1 ;; esac
  fi
  [ -n "$(find "$state_file" -mmin -$lock_stale_minutes 2>/dev/null)" ]
}

take_lock() {
  waited=0
  until ln -s "$host:$$" "$lock" 2>/dev/null; do
    owner=$(readlink "$lock" 2>/dev/null)
    if [ -z "$owner" ]; then
      [ -w "$(dirname "$lock")" ] || fail "cannot write in $(dirname "$env_dir"): choose another root folder or free its quota"
      continue # released between the two commands
    fi
    if lock_owner_alive "$owner"; then
      waited=1
      sleep 1
      continue
    fi
    # Two waiters may see the same dead owner: only the one that makes this folder removes the link, and it looks again first.
    if mkdir "$lock.break" 2>/dev/null; then
      [ "$(readlink "$lock" 2>/dev/null)" = "$owner" ] && rm -f "$lock"
      rmdir "$lock.break"
    else
      [ -n "$(find "$lock.break" -prune -mmin +1 2>/dev/null)" ] && rmdir "$lock.break" 2>/dev/null
      sleep 1
    fi
  done
}

release() {
  status=$?
  trap - EXIT
  [ -n "$installer" ] && kill "$installer" 2>/dev/null
  [ "$(readlink "$lock" 2>/dev/null)" = "$host:$$" ] && rm -f "$lock"
  rm -f "$state_file.$$"
  exit "$status"
}
interrupted() {
  report failed 0 0 "stopped by a signal; start it again to go on"
  exit 1
}

host=$(hostname 2>/dev/null || uname -n)
parent=$(dirname "$env_dir")
if ! mkdir -p "$parent" 2>/dev/null || [ ! -w "$parent" ]; then
  echo "prepare.sh: cannot write in $parent: choose another root folder or free its quota" >&2
  exit 1
fi
[ -r "$requirements" ] || fail "requirements file not found: $requirements"
command -v "$python" >/dev/null 2>&1 ||
  fail "Python not found: $python. Name Python 3.11 or newer in the cluster's settings, or a module that brings it"
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || fail "cannot run $python"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  fail "Python 3.11 or newer is needed; $python is $version. Name another one in the cluster's settings"
sha=$("$python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$requirements") ||
  fail "cannot read $requirements"

if is_ready; then
  step=verify
  report ready 0 0 "ready"
  exit 0
fi

trap release EXIT
trap interrupted HUP INT TERM
take_lock
if is_ready; then
  step=verify
  report ready 0 0 "ready"
  exit 0
fi
if [ "$waited" = 1 ] && grep -q '"state":"failed"' "$state_file" 2>/dev/null; then
  echo "prepare.sh: $(cat "$state_file")" >&2 # the one we waited for has just failed for a reason that holds for us too
  exit 1
fi

report creating 0 0 "creating the environment"
: >"$log" 2>/dev/null || fail "cannot write $log: no space or no permission"
"$python" -c 'import venv, ensurepip' >>"$log" 2>&1 ||
  fail "$python has no venv module. Install it (Debian: apt install python$version-venv) or name another Python"
if [ -e "$env_dir" ]; then
  # What an interrupted pip leaves behind cannot be told from a whole package: begin anew, but only over a venv or an empty folder.
  [ -f "$env_dir/pyvenv.cfg" ] || rmdir "$env_dir" 2>/dev/null ||
    fail "$env_dir exists and is no Python environment: remove it or choose another folder"
  rm -rf "$env_dir" || fail "cannot replace $env_dir"
fi

# why_failed: the last cause that the log names, in words that say what to change.
why_failed() {
  if grep -qiE 'no space left on device|disk quota exceeded' "$log"; then
    echo "the disk or quota is full at $parent: free space (about 8 GB with CUDA, 2 GB without) or choose another root folder"
  elif grep -qiE 'name resolution|name or service not known|NewConnectionError|ConnectTimeout|Network is unreachable|Connection refused|ProxyError|Max retries exceeded' "$log"; then
    echo "the package index cannot be reached from this machine: prepare where there is network, or give pip a folder of wheels (--no-index --find-links DIR)"
  elif grep -qE 'No matching distribution found' "$log"; then
    echo "pip found no fitting package: $(grep -E 'No matching distribution found' "$log" | tail -n 1)"
  else
    echo "$1: $(grep -vE '^[[:space:]]*$|notice' "$log" | tail -n 1)"
  fi
}

"$python" -m venv "$env_dir" >>"$log" 2>&1 || fail "$(why_failed "creating the environment failed")"

step=install
report creating 0 0 "asking the package index"
mkdir -p "$env_dir/.tmp"
# pip unpacks gigabytes into TMPDIR; /tmp of a login node is often too small.
TMPDIR=$env_dir/.tmp "$env_dir/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
  -r "$requirements" "$@" >>"$log" 2>&1 &
installer=$!
before=$(find "$env_dir"/lib/python*/site-packages -maxdepth 1 -name '*.dist-info' | wc -l)
while kill -0 "$installer" 2>/dev/null; do
  sleep 1
  total=$(sed -n 's/^Installing collected packages: //p' "$log" | tr ',' '\n' | grep -c .)
  if [ "$total" -gt 0 ]; then
    now=$(find "$env_dir"/lib/python*/site-packages -maxdepth 1 -name '*.dist-info' | wc -l)
    count=$((now > before ? now - before : 0))
    report creating "$((count > total ? total : count))" "$total" "installing packages"
  else
    name=$(sed -n 's/^Collecting \([A-Za-z0-9._-]*\).*/\1/p' "$log" | tail -n 1)
    report creating "$(grep -cE '^(Collecting|Processing) ' "$log")" 0 "collecting ${name:-packages}"
  fi
done
wait "$installer"
status=$?
installer=
rm -rf "$env_dir/.tmp"
[ $status = 0 ] || fail "$(why_failed "installing failed")"

step=verify
report creating 0 0 "trying the packages"
# A package can be installed and still not load (another glibc, another CPU): better to know it here than in the queue.
"$env_dir/bin/python" - "$requirements" >>"$log" 2>&1 <<'PYTHON' || fail "$(why_failed "the installed packages do not load")"
import importlib, importlib.metadata, importlib.util, re, sys

for line in open(sys.argv[1], encoding="utf-8"):
    found = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", line)
    if not found:
        continue
    importlib.metadata.version(found.group())
    module = found.group().replace("-", "_")
    if importlib.util.find_spec(module):
        importlib.import_module(module)
PYTHON

printf '%s\n' "$sha" >"$env_dir/.ready.tmp" && mv -f "$env_dir/.ready.tmp" "$env_dir/.ready" ||
  fail "cannot write in $env_dir: no space left?"
report ready 0 0 "ready"
