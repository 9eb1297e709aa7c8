using Millrace.Simulation.Coordinators;
using Millrace.Simulation.Engine;
using Millrace.Simulation.Producers;
using Millrace.Simulation.Readers;
using Millrace.Simulation.Run;
using Millrace.Simulation.Workers;

namespace Millrace.Simulation.Nodes;

/// <summary>All machines of a run.</summary>
internal sealed class Cluster
{
    private readonly Dictionary<int, ApplicationNode> _twins = [];

    public Cluster(World world)
    {
        World = world;
        SimOptions options = world.Options;
        SimRandom random = world.Random.Fork("cluster");
        Coordinator = new CoordinatorNode(world);
        Admin = new AdminNode(world, Coordinator);
        Reader = new ReaderNode(world, Coordinator);
        var shape = new SourceShape(options.EventsPerLane, options.Keys, options.MaxFiller);
        Producers =
        [
            .. Enumerable.Range(1, options.Producers).Select(i => Application(
                $"producer-{i}",
                new EventSource(
                    $"producer-{i}",
                    AdminNode.TopicNames(options),
                    shape,
                    random.Fork($"source-{i}"),
                    world.History),
                foreign: random.Chance(0.4),
                isTwin: false)),
        ];
        Workers =
        [
            .. Enumerable.Range(1, options.Workers).Select(i => new WorkerNode(
                world,
                $"worker-{i}",
                (random.Fraction() - 0.5) * 2 * options.ClockDrift,
                Coordinator)),
        ];
        Spies = options.Spies ? [.. Workers.Select(w => w.Spy)] : [];
    }

    public World World { get; }

    public CoordinatorNode Coordinator { get; }

    public AdminNode Admin { get; }

    public ReaderNode Reader { get; }

    public IReadOnlyList<ApplicationNode> Producers { get; }

    public IReadOnlyList<WorkerNode> Workers { get; }

    /// <summary>Beside the workers; empty: they have none.</summary>
    public IReadOnlyList<SpyNode> Spies { get; }

    /// <summary>Those that dial the coordinator, each on a machine of its own.</summary>
    public IReadOnlyList<SimNode> Remotes => [Admin, Reader, .. Producers, .. Workers];

    public IReadOnlyList<SimNode> Nodes => [Coordinator, .. Remotes, .. Spies];

    public SimNode NodeOf(Life life) => Nodes.Concat(_twins.Values).First(n => n.Life == life);

    public void Start()
    {
        foreach (SimNode node in Nodes)
        {
            node.StartAfter(node.Random.Between(0L, 300_000L));
        }
    }

    /// <summary>Starts a second process that publishes under a producer's id.</summary>
    public void StartTwin(int producer)
    {
        if (!_twins.TryGetValue(producer, out ApplicationNode? twin))
        {
            ApplicationNode first = Producers[producer];
            twin = Application($"{first.Name}-twin", first.Source, foreign: producer % 2 == 0, isTwin: true);
            _twins[producer] = twin;
        }

        twin.Start();
    }

    /// <summary>Second producers end; the first ones go on alone.</summary>
    public void EndTwins()
    {
        foreach (ApplicationNode twin in _twins.Values)
        {
            twin.End(silent: false);
        }
    }

    private ApplicationNode Application(string name, EventSource source, bool foreign, bool isTwin) => foreign
        ? new ForeignProducerNode(World, name, source, Coordinator, isTwin)
        : new ProducerNode(World, name, source, Coordinator, isTwin);
}
