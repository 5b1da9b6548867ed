/**
 * Pieces of POSIX sh that several remote scripts share. Constant text: everything that varies is an argument. No
 * newline and no exclamation mark in SHA256, so that it may also pass a login shell that is a csh.
 */
export const SHA256 = [
  'sha() { { if command -v sha256sum >/dev/null 2>&1; then sha256sum <"$1"',
  'elif command -v shasum >/dev/null 2>&1; then shasum -a 256 <"$1"',
  'elif command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 <"$1"',
  'else python3 -c "import hashlib,sys;print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())" <"$1"',
  'fi; } | sed "s/^.*= *//; s/[^0-9a-f].*//"; }',
].join('; ');

export const C_LOCALE = 'LC_ALL=C; export LC_ALL; umask 077';

/** Slurm is often on the PATH of login shells only. */
export const FIND_SLURM = `
if ! command -v sbatch >/dev/null 2>&1; then
  [ -r /etc/profile ] && . /etc/profile >/dev/null 2>&1
  for each in /opt/slurm/bin /usr/local/slurm/bin /usr/local/bin /usr/slurm/bin /cm/shared/apps/slurm/current/bin; do
    command -v sbatch >/dev/null 2>&1 || PATH=$PATH:$each
  done
  export PATH
fi
limited() { if command -v timeout >/dev/null 2>&1; then timeout "$@"; else shift; "$@"; fi; }
user=$(id -un)
`;

/** \`born PID\`: what tells a process from a later one with the same number; empty if there is none such. */
export const PROCESS_IDENTITY = `
host=$(hostname 2>/dev/null || uname -n)
born() {
  if [ -r "/proc/$1/stat" ]; then
    printf '%s-%s' "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20)" "$(cut -c1-8 /proc/sys/kernel/random/boot_id 2>/dev/null)"
  else
    ps -o lstart= -p "$1" 2>/dev/null | tr -s ' ' '_'
  fi
}
# alive ID, an ID being pid@host:born. 0 alive, 1 gone, 2 on another machine.
alive() {
  alive_pid=\${1%%@*}
  alive_rest=\${1#*@}
  [ "\${alive_rest%%:*}" = "$host" ] || return 2
  case $alive_pid in '' | *[!0-9]*) return 1 ;; esac
  case $(sed 's/.*) //' "/proc/$alive_pid/stat" 2>/dev/null) in Z*) return 1 ;; esac
  alive_born=$(born "$alive_pid")
  [ -n "$alive_born" ] && [ "$alive_born" = "\${alive_rest#*:}" ]
}
# detached COMMAND...: in a session or at least a process group of its own.
detached() {
  if command -v setsid >/dev/null 2>&1; then setsid "$@" & else set -m; "$@" & set +m; fi
}
`;

/**
 * \`take_lock FILE SECONDS\`, \`drop_lock\`. A symbolic link: it is made together with its owner's name, in one step, on
 * any file system. A dead owner's lock is broken; by its age when the owner is on another machine. Exits with 31 when the
 * folder cannot be written in and 32 when the lock stays taken. Needs PROCESS_IDENTITY.
 */
export const LOCK = `
lock=
lock_me="$$@$host:$(born $$)"
take_lock() {
  lock_waited=0
  until ln -s "$lock_me" "$1" 2>/dev/null; do
    [ -w "$(dirname "$1")" ] || { echo "Permission denied or no space: $1" >&2; exit 31; }
    lock_owner=$(readlink "$1" 2>/dev/null)
    if [ -z "$lock_owner" ]; then
      lock_waited=$((lock_waited + 1))
      [ "$lock_waited" -gt "$2" ] && { echo "No space left on device or locked: $1" >&2; exit 31; }
      continue
    fi
    alive "$lock_owner"
    lock_state=$?
    if [ $lock_state = 2 ] && [ -n "$(find "$1" -prune -mmin +10 2>/dev/null)" ]; then lock_state=1; fi
    if [ $lock_state = 1 ]; then
      # Two may see the same dead owner: only the one that makes this folder removes the link, and it looks again first.
      if mkdir "$1.break" 2>/dev/null; then
        [ "$(readlink "$1" 2>/dev/null)" = "$lock_owner" ] && rm -f "$1"
        rmdir "$1.break"
        continue
      fi
      [ -n "$(find "$1.break" -prune -mmin +1 2>/dev/null)" ] && rmdir "$1.break" 2>/dev/null
    fi
    lock_waited=$((lock_waited + 1))
    [ "$lock_waited" -gt "$2" ] && exit 32
    sleep 1
  done
  lock=$1
}
drop_lock() { [ -n "$lock" ] && [ "$(readlink "$lock" 2>/dev/null)" = "$lock_me" ] && rm -f "$lock"; lock=; }
trap drop_lock EXIT
# A lost connection must not stop the script between two steps.
trap : HUP PIPE
`;
