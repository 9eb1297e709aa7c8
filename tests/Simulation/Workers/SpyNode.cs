using Millrace.Coordinator.Core.Health;
using Millrace.Coordinator.Core.Placement;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Messages;
using Millrace.Simulation.Network;
using Millrace.Simulation.Nodes;

namespace Millrace.Simulation.Workers;

/// <summary>The process beside a worker that says what becomes of it, as the real spy and supervisor do: on a stream of
/// its own for each life of the worker, at once what changes and now and then that nothing has. Shares the worker's
/// machine and its network, but neither its pauses nor its end.</summary>
internal sealed class SpyNode(World world, WorkerNode worker, double drift, ICoordinatorAddress coordinator)
    : SimNode(world, $"spy of {worker.Name}", drift, worker.Name)
{
    /// <summary>A change is seen at the next look.</summary>
    private const long LookUs = 25_000;

    private const long LastPatienceUs = 10_000_000;

    private readonly List<Watch> _watches = [];

    private TimeSpan SayEvery => World.Options.Lease / 6;

    /// <summary>The worker's present process is to be watched from now on.</summary>
    public void Observe(Life life)
    {
        if (IsUp && _watches.TrueForAll(w => w.Of != life))
        {
            var watch = new Watch(life);
            _watches.Add(watch);
            Life own = Life!;
            life.Changed += () => World.Scheduler.After(Random.Between(0L, LookUs), own, () => Look(watch));
            Look(watch);
        }
    }

    protected override void Boot()
    {
        if (worker is { IsUp: true, Life: { } life })
        {
            Observe(life);
        }

        Every(SayEvery, () =>
        {
            foreach (Watch watch in _watches.ToArray())
            {
                Say(watch);
            }
        });
    }

    protected override void Ended() => _watches.Clear();

    private void Look(Watch watch)
    {
        if (StateOf(watch.Of) != watch.Said)
        {
            Say(watch);
        }
    }

    private void Say(Watch watch)
    {
        if (!_watches.Contains(watch))
        {
            return;
        }

        watch.Said = StateOf(watch.Of);
        watch.GoneAtUs ??= watch.Said == ProcessState.Gone ? World.Scheduler.NowUs : null;
        if (World.Scheduler.NowUs - watch.GoneAtUs > LastPatienceUs)
        {
            Forget(watch);
            return;
        }

        watch.Stream ??= Connect(watch);
        watch.Stream.Send(new WatchSaid(new TaskOwner(worker.Name, (ulong)watch.Of.Number), watch.Said));
    }

    private StreamEnd Connect(Watch watch)
    {
        StreamEnd stream = coordinator.Connect(this);
        stream.Received = _ => Forget(watch);
        stream.Broken = () => watch.Stream = null;
        worker.Contact.Watched(watch.Of, stream);
        return stream;
    }

    /// <summary>Its end was told, or nobody was there to be told.</summary>
    private void Forget(Watch watch)
    {
        _watches.Remove(watch);
        watch.Stream?.Close();
    }

    private static ProcessState StateOf(Life life) =>
        life.Ended ? ProcessState.Gone
        : life is { Paused: true, IsStopped: true } ? ProcessState.Stopped
        : ProcessState.Running;

    private sealed class Watch(Life of)
    {
        public Life Of { get; } = of;

        public StreamEnd? Stream { get; set; }

        public ProcessState Said { get; set; }

        public long? GoneAtUs { get; set; }
    }
}
