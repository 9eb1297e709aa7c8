using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Placement.Balancing;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Faults;

/// <summary>An operator who moves tasks, drains and cordons workers while everything else goes on.</summary>
internal sealed class RandomOperator(Cluster cluster, SimRandom random)
{
    private const long Ms = 1_000;
    private const long Second = 1_000_000;
    private static readonly (string Job, string Stage)[] _jobs = [("first", "count"), ("relay", "relay")];

    private readonly World _world = cluster.World;
    private int _requests;

    public void Move()
    {
        (string job, string stage) = random.Pick(_jobs);
        var task = new TaskName(job, stage, random.Below(_world.Options.Partitions));
        string target = random.Pick(cluster.Workers).Name;
        Request request = NextRequest();
        cluster.Admin.Operate(
            call => new MoveTask(call, task, target, null, false, "", request, false),
            insist: false,
            MayCancel(0.2),
            repeats: true);
    }

    public void MakePlan()
    {
        bool full = random.Chance(0.3);
        bool apply = random.Chance(0.7);
        Request request = NextRequest();
        cluster.Admin.Operate(
            call => new CreatePlan(call, "", full, 0, 0, true, request, false),
            insist: false,
            plan =>
            {
                if (apply)
                {
                    Apply(AdminNode.NumberIn(plan), NextRequest());
                }
            },
            repeats: true);
    }

    public void Drain()
    {
        string worker = random.Pick(cluster.Workers).Name;
        int moves = random.Between(0, 3);
        Request request = NextRequest();
        cluster.Admin.Operate(
            call => new DrainWorker(call, worker, moves, false, "", request, false), insist: false, MayCancel(0.3));
        _world.Scheduler.After(random.Between(1 * Second, 8 * Second), () => Open(worker, insist: false));
    }

    public void Cordon()
    {
        string worker = random.Pick(cluster.Workers).Name;
        cluster.Admin.Operate(call => new CordonWorker(call, worker, "", null, false), insist: false);
        _world.Scheduler.After(random.Between(1 * Second, 8 * Second), () => Open(worker, insist: false));
    }

    /// <summary>No worker stays cordoned; a drain that still runs is cancelled.</summary>
    public void OpenAll()
    {
        foreach (SimNode worker in cluster.Workers)
        {
            Open(worker.Name, insist: true);
        }
    }

    private void Apply(ulong plan, Request request) => cluster.Admin.Operate(
        call => new ApplyPlan(call, plan, 0, AllowStale: true, request, false), insist: false, repeats: true);

    private void Open(string worker, bool insist) =>
        cluster.Admin.Operate(call => new UncordonWorker(call, worker, null, false), insist);

    /// <summary>Sometimes the operation is cancelled a moment later, at any step of it.</summary>
    private Action<string>? MayCancel(double chance) => random.Chance(chance)
        ? operation => _world.Scheduler.After(
            random.Between(1 * Ms, 500 * Ms), () => cluster.Admin.Cancel(operation))
        : null;

    private Request NextRequest() => new($"operator-{++_requests}", 1);
}
