import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { slurmRefusal } from '../../../src/cluster/slurmErrors';
import { sbatchArguments } from '../../../src/cluster/slurmScheduler';
import { parseSlurmStates } from '../../../src/cluster/slurmStates';
import { sshError } from '../../../src/cluster/sshErrors';

const HEADER = 'JOBID|STATE|REASON|START_TIME';

describe("Slurm's answers", () => {
  const state = (text: string, id = '7'): string => parseSlurmStates(text, [id]).get(id)!.state;

  it('give every state', () => {
    const text = [
      'squeue 0',
      HEADER,
      '1|PENDING|Priority|2026-01-02T03:04:05',
      '2|RUNNING|None|2026-01-01T00:00:00',
      '3|COMPLETING|None|N/A',
      '4|CANCELLED by 1000|None|N/A',
      '5|OUT_OF_MEMORY|None|N/A',
      '6|TIMEOUT|TimeLimit|N/A',
      '8|REQUEUED|BeginTime|N/A',
      '9|NODE_FAIL|None|N/A',
      '10|SOMETHING_NEW|None|N/A',
    ].join('\n');
    const states = parseSlurmStates(text, ['1', '2', '3', '4', '5', '6', '8', '9', '10']);
    assert.deepEqual(
      [...states.values()].map((each) => each.state),
      [
        'pending',
        'running',
        'running',
        'cancelled',
        'outOfMemory',
        'timeout',
        'pending',
        'nodeFailed',
        'unknown',
      ],
    );
    assert.deepEqual(states.get('1'), {
      state: 'pending',
      reason: 'Priority',
      expectedStart: '2026-01-02T03:04:05',
    });
  });

  it('say that a job is gone only in words', () => {
    const invalid = 'scontrol 7\nslurm_load_jobs error: Invalid job id specified';
    assert.equal(state(`squeue 0\n${HEADER}\n${invalid}`), 'gone');
    assert.equal(state(`squeue 0\n\n${invalid}`), 'unknown', 'no header: squeue said nothing');
    assert.equal(state(`squeue 0\n${HEADER}\n`), 'unknown', 'scontrol was not asked');
    assert.equal(state(`squeue 0\n${HEADER}\nscontrol 7\n`), 'unknown', 'scontrol said nothing');
    assert.equal(
      state(`squeue 1\nslurm_load_jobs error: Unable to contact slurm controller\n${invalid}`),
      'unknown',
    );
    assert.equal(state('squeue 124\n'), 'unknown');
    assert.equal(state(''), 'unknown');
  });

  it('come from scontrol when squeue does not list the job', () => {
    const text = `squeue 0\n${HEADER}\nscontrol 7\nJobId=7 JobName=x JobState=TIMEOUT Reason=TimeLimit Dependency=(null) StartTime=2026-01-01T00:00:00`;
    assert.deepEqual(parseSlurmStates(text, ['7']).get('7'), { state: 'timeout', reason: 'TimeLimit' });
    assert.equal(state(text.replace('JobId=7', 'JobId=70')), 'unknown', "another job's answer");
  });

  it('are asked for with one argument a value', () => {
    const args = sbatchArguments({
      run: 'r',
      folder: '/a b/%x',
      resources: {
        partition: 'p',
        account: 'a',
        qos: 'q',
        gpus: 2,
        gpuType: 'a100',
        cpus: 8,
        memory: '64G',
        time: '1-00:00:00',
      },
    });
    assert.deepEqual(args.slice(-10), [
      '--ntasks-per-node=1',
      '--partition=p',
      '--account=a',
      '--qos=q',
      '--gres=gpu:a100:2',
      '--cpus-per-task=8',
      '--mem=64G',
      '--time=1-00:00:00',
      '/a b/%x/job.sh',
      '/a b/%x',
    ]);
    assert.ok(args.includes('--chdir=/a b/%x') && args.includes('--output=slurm-%j.out'));
    assert.ok(
      !sbatchArguments({ run: 'r', folder: '/x', resources: { gpus: 0 } }).some((each) =>
        each.startsWith('--gres'),
      ),
    );
  });

  const refusals: [string, string][] = [
    [
      'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified',
      'slurm/account',
    ],
    ['sbatch: error: Batch job submission failed: Invalid qos specification', 'slurm/qos'],
    [
      'sbatch: error: Batch job submission failed: Invalid generic resource (gres) specification',
      'slurm/resources',
    ],
    [
      "sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
      'slurm/limit',
    ],
    [
      'sbatch: error: Batch job submission failed: Requested node configuration is not available',
      'slurm/resources',
    ],
    [
      'sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed: Invalid partition name specified',
      'slurm/partition',
    ],
    [
      'sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or exceeds some limit)',
      'slurm/time',
    ],
    ['sbatch: error: the centre is closed', 'slurm/refused'],
  ];
  for (const [stderr, code] of refusals) {
    it(`become ${code}`, () => {
      assert.equal(slurmRefusal(stderr, {}, 'host', []).code, code);
    });
  }
});

describe("ssh's last words", () => {
  const cases: [string, string][] = [
    ['ssh: Could not resolve hostname nowhere: Name or service not known', 'ssh/host-not-found'],
    ['ssh: connect to host h port 22: Connection refused', 'ssh/refused'],
    ['ssh: connect to host h port 22: Connection timed out', 'ssh/timeout'],
    ['ssh: connect to host h port 22: No route to host', 'ssh/unreachable'],
    ['u@h: Permission denied (publickey).', 'ssh/denied'],
    ['Host key verification failed.', 'ssh/host-key-unknown'],
    [
      '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nOffending ED25519 key in /h/known_hosts:3\nHost key verification failed.',
      'ssh/host-key-changed',
    ],
    ['kex_exchange_identification: Connection closed by remote host', 'ssh/lost'],
    ['client_loop: send disconnect: Broken pipe', 'ssh/lost'],
    ['/x: line 1: Bad configuration option: foo', 'ssh/config'],
    ['something else', 'ssh/failed'],
  ];
  for (const [stderr, code] of cases) {
    it(`mean ${code}: ${stderr.slice(0, 40)}`, () => {
      assert.equal(sshError(stderr, { host: 'h' }).code, code);
    });
  }

  it('name the file and line of a changed key', () => {
    const { message } = sshError(
      'REMOTE HOST IDENTIFICATION HAS CHANGED\nOffending ED25519 key in /h/known_hosts:3',
      { host: 'h' },
    );
    assert.match(message, /\/h\/known_hosts \(line 3\)/);
  });
});
