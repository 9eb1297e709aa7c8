using System.Text;
using Millrace.Checking.Histories;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Faults;

/// <summary>An operator who changes his mind about bad events, and releases keys.</summary>
internal sealed class BadEventOperator(Cluster cluster, SimRandom random)
{
    private const long Second = 1_000_000;

    private readonly World _world = cluster.World;
    private bool _over;

    public void Start()
    {
        if (_world.Options.Picky)
        {
            _world.Scheduler.After(random.Between(1 * Second, 8 * Second), Act);
        }
    }

    /// <summary>Nothing may stand still any more, and nothing is parked. Not before what he said earlier, and a network
    /// held back, has arrived: it would have the last word.</summary>
    public void Settle()
    {
        _over = true;
        if (_world.Options.Picky)
        {
            _world.Scheduler.After(1 * Second, () => cluster.Admin.Operate(
                call => Rule(call, BadEventPolicy.Skip, false), insist: true, _ => ReleaseAll()));
        }
    }

    private void Act()
    {
        if (_over)
        {
            return;
        }

        if (random.Chance(0.5))
        {
            Release(random.Below(_world.Options.Keys), insist: false);
        }
        else
        {
            BadEventPolicy policy = random.Pick(Enum.GetValues<BadEventPolicy>());
            bool parks = policy == BadEventPolicy.Quarantine && MayPark() && random.Chance(0.7);
            cluster.Admin.Operate(call => Rule(call, policy, parks), insist: false);
        }

        _world.Scheduler.After(random.Between(1 * Second, 5 * Second), Act);
    }

    /// <summary>Each parked event takes a round trip and a sync: not with few keys over a slow network.</summary>
    private bool MayPark() =>
        _world.Options is { Keys: >= 20, MaxLatencyUs: <= 20_000, MaxSyncUs: <= 10_000 };

    private void ReleaseAll()
    {
        for (int key = 0; key < _world.Options.Keys; key++)
        {
            Release(key, insist: true);
        }
    }

    private void Release(int key, bool insist) => cluster.Admin.Operate(
        call => new ReleaseKey(call, BadEvents.Operator, Encoding.UTF8.GetBytes($"key-{key}"), null), insist);

    private static SetBadEventRule Rule(long call, BadEventPolicy policy, bool parks) =>
        new(call, BadEvents.Operator, new BadEventRule(policy, parks), null, false);
}
