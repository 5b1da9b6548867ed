#!/bin/bash -l
# job.sh RUN_DIR: runs train.py of a run folder, under a batch system or alone, and leaves a truthful status.json.
#
# Reads data files, one value a line, and never evaluates them: modules (to load), python (path of the interpreter),
# launch (processes per node). Everything said goes to RUN_DIR/train.log. Exit status: that of train.py.
# `-l` because environment modules are set up by login shells.

run=${1:?usage: job.sh RUN_DIR}
cd "$run" || exit 1
run=$PWD
exec >>train.log 2>&1 </dev/null

now() { date -u +%Y-%m-%dT%H:%M:%S.000Z; }
escape() { printf '%s' "$1" | tr '\000-\037' ' ' | sed 's/\\/\\\\/g; s/"/\\"/g'; }
# field NAME DEFAULT: a number, a word in quotes or null out of status.json (written by us and by train.py, on one line).
field() {
  value=$(sed -nE "s/.*\"$1\": *(\"[^\"]*\"|[-0-9.eE+]+|null)[,}].*/\\1/p" status.json 2>/dev/null | head -n 1)
  printf '%s' "${value:-$2}"
}
# write STATE PHASE ENDED ERROR: replaces status.json at once; ENDED and ERROR are JSON.
write() {
  printf '{"version": 1, "state": "%s", "phase": %s, "step": %s, "maxSteps": %s, "epoch": %s, "heartbeat": "%s", "startedAt": %s, "endedAt": %s, "host": "%s", "pid": %d, "restarts": %d, "error": %s}\n' \
    "$1" "$2" "$(field step 0)" "$(field maxSteps null)" "$(field epoch 0)" "$(now)" "$started" "$3" \
    "$(escape "$(hostname)")" "$$" "$restarts" "$4" >.status.json.job.tmp && mv -f .status.json.job.tmp status.json
}
fail() { # fail TYPE MESSAGE HINT
  write failed "$(field phase '"environment"')" "\"$(now)\"" \
    "{\"type\": \"$1\", \"message\": \"$(escape "$2")\", \"hint\": \"$(escape "$3")\"}"
}

if [ -f result.json ]; then # requeued after all was done
  echo "job.sh: this run is complete"
  exit 0
fi
restarts=0
if [ -n "$(field pid '')" ] && [ "$(field pid null)" != null ]; then
  restarts=$(($(field restarts 0) + 1))
fi
started="\"$(now)\""
write preparing '"environment"' null null
echo "job.sh: $(now) on $(hostname), restart $restarts${SLURM_JOB_ID:+, Slurm job $SLURM_JOB_ID}"

if [ -s modules ]; then
  if ! type module >/dev/null 2>&1; then
    fail module "this machine has no 'module' command" "Remove the modules from the cluster's settings, or name a partition whose nodes have them."
    exit 1
  fi
  while IFS= read -r name || [ -n "$name" ]; do
    [ -z "$name" ] && continue
    if ! module load -- "$name" && ! module load "$name"; then
      fail module "module load $name failed" "Check the module's name on the cluster: module avail."
      exit 1
    fi
  done <modules
fi

python=
[ -f python ] && IFS= read -r python <python
if [ -z "$python" ] || [ ! -x "$python" ]; then
  fail environment "no Python interpreter at '$python'" "Let the environment be prepared again; it must lie where this node can see it."
  exit 1
fi
processes=1
[ -f launch ] && IFS= read -r processes <launch
case $processes in
  '' | *[!0-9]* | 0)
    fail launch "not a number of processes: '$processes'" "Check resources of the job."
    exit 1
    ;;
esac

export PYTHONUNBUFFERED=1 TOKENIZERS_PARALLELISM=false HF_HUB_DISABLE_TELEMETRY=1 AFINA_RESTARTS=$restarts
# Waiting threads sleep instead of spinning: where others compute on the same cores (a laptop, a shared node) spinning
# made a training step ten times slower.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-PASSIVE}
if [ -z "${OMP_NUM_THREADS:-}" ] && [ -n "${SLURM_CPUS_PER_TASK:-}" ]; then
  share=$((SLURM_CPUS_PER_TASK / processes))
  export OMP_NUM_THREADS=$((share > 0 ? share : 1))
fi

child=
interrupted=0
forward() { # forward SIGNAL
  interrupted=1
  [ -z "$child" ] && return
  # torchrun dies of SIGUSR1 without a word to its workers; they know what to do with it.
  if [ "$1" = USR1 ] && [ "$processes" -gt 1 ]; then
    pkill -USR1 -P "$child" 2>/dev/null || kill -TERM "$child" 2>/dev/null
  else
    kill -s "$1" "$child" 2>/dev/null
  fi
}
trap 'forward TERM' TERM
trap 'forward INT' INT
trap 'forward USR1' USR1

if [ "$processes" = 1 ]; then
  "$python" train.py --run-dir "$run" &
else
  "$python" -m torch.distributed.run --standalone --nproc-per-node "$processes" train.py --run-dir "$run" &
fi
child=$!
# A trapped signal ends `wait` before the child ends: wait again until it was the child.
while :; do
  interrupted=0
  wait "$child"
  code=$?
  [ "$interrupted" = 0 ] && break
done
trap '' TERM INT USR1

state=$(field state '""')
case $state in
  '"completed"' | '"failed"' | '"cancelled"')
    [ "$state" = '"completed"' ] && [ ! -f result.json ] || exit "$code"
    ;;
esac
# The trainer died without a last word.
last=$(tail -c 4000 train.log | tr '\r' '\n' | grep -v '^[[:space:]]*$' | grep -vE '^(job\.sh:|[[:space:]])|: line [0-9]+: +[0-9]+ [A-Z]' | tail -n 1 | cut -c1-300)
if [ -f cancel ]; then
  write cancelled "$(field phase '"train"')" "\"$(now)\"" null
elif [ "$code" -gt 128 ]; then
  name=$(kill -l $((code - 128)) 2>/dev/null || echo $((code - 128)))
  hint="The trainer was ended from outside."
  [ "$name" = KILL ] && hint="Usually the machine or the job ran out of memory: ask for more (resources.memory), or use a smaller batch, a shorter maxLength or a smaller base."
  [ "$name" = TERM ] && hint="Start the run again: it goes on from its last checkpoint."
  fail killed "the trainer was ended by SIG$name; last line of its log: $last" "$hint"
else
  fail exited "the trainer ended with exit code $code; last line of its log: $last" "See train.log."
fi
[ "$code" = 0 ] && code=1
exit "$code"
