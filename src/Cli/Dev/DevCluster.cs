using Millrace.Cli.Output;
using Millrace.Client;
using Millrace.Common.Hosting;
using Millrace.Protocol.Admin.V1;

namespace Millrace.Cli.Dev;

/// <summary>A coordinator and workers as child processes of this one. Whoever dies is started again.</summary>
internal sealed class DevCluster : IDevNotes, IAsyncDisposable
{
    public const string CoordinatorName = "coordinator";

    private const string OtherPorts =
        "`millrace status` if it is a cluster of yours, or --grpc-port 0 --http-port 0 for free ports";

    private static readonly TimeSpan _startPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _stopPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan _poll = TimeSpan.FromMilliseconds(20);

    private readonly DevOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<string> _say;
    private readonly Lock _gate = new();
    private readonly List<KeptChild> _children = [];
    private readonly bool _temporary;
    private EndpointsFile? _endpoints;
    private bool _up;
    private bool _disposed;

    /// <param name="say">Where to tell what becomes of the children.</param>
    public DevCluster(DevOptions options, Action<string> say, TimeProvider time)
    {
        _options = options;
        _say = say;
        _time = time;
        _temporary = options.Directory is null;
        Root = Path.GetFullPath(
            options.Directory ?? Path.Combine(Path.GetTempPath(), $"millrace-dev-{Environment.ProcessId}"));
        Directory.CreateDirectory(DataDirectory);
        Directory.CreateDirectory(LogDirectory);
    }

    public string Root { get; }

    /// <summary>The coordinator's.</summary>
    public string DataDirectory => Path.Combine(Root, "data");

    public string LogDirectory => Path.Combine(Root, "logs");

    public bool IsTemporary => _temporary;

    public bool StartsAgain => _up;

    public string Grpc => _endpoints?.Grpc ?? "";

    public string Http => _endpoints?.Http ?? "";

    public IReadOnlyList<string> Workers
    {
        get
        {
            lock (_gate)
            {
                return [.. _children.Skip(1).Select(c => c.Name)];
            }
        }
    }

    /// <summary>Starts everything and returns when all workers have joined.</summary>
    /// <exception cref="FailureException">A process ended or did not come up in time.</exception>
    public async Task StartAsync(CancellationToken cancellation)
    {
        KeptChild coordinator = Add(CoordinatorName, CoordinatorArguments);
        EndpointsFile.DeleteFrom(DataDirectory);
        coordinator.Start();
        _endpoints = await UntilAsync(
            coordinator, () => Task.FromResult(ReadEndpoints(coordinator)), cancellation).ConfigureAwait(false);
        WriteState();
        for (int i = 0; i < _options.Workers; i++)
        {
            StartWorker();
        }

        using MillraceClient client = Connect();
        await UntilAsync(coordinator, () => AllJoinedAsync(client, cancellation), cancellation).ConfigureAwait(false);
        _up = true;
    }

    /// <summary>A client that follows the coordinator through restarts.</summary>
    public MillraceClient Connect(MillraceClientOptions? options = null) => new(DataDirectory, options);

    /// <summary>Starts one more worker and returns its name.</summary>
    public string StartWorker()
    {
        KeptChild worker;
        lock (_gate)
        {
            string name = $"w-{_children.Count}";
            worker = Add(name, () =>
            [
                "worker",
                $"--Worker:Name={name}",
                $"--Worker:Coordinator={Grpc}",
                $"--Log:File={Path.Combine(LogDirectory, name + ".log")}",
            ]);
        }

        worker.Start();
        return worker.Name;
    }

    /// <summary>Kills a process with SIGKILL; it is started again. False: nothing of this name runs.</summary>
    public bool Kill(string name)
    {
        KeptChild? child;
        lock (_gate)
        {
            child = _children.Find(c => c.Name == name);
        }

        return child?.Kill() ?? false;
    }

    /// <summary>Everything at once and without good-byes.</summary>
    public void KillAll()
    {
        foreach (KeptChild child in Children())
        {
            child.Kill();
        }
    }

    /// <summary>Workers drain first, then the coordinator ends; what is temporary is deleted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        IReadOnlyList<KeptChild> children = Children();
        bool[] drained = await Task.WhenAll(children.Skip(1).Select(c => c.StopAsync(_stopPatience)))
            .ConfigureAwait(false);
        bool stopped = children.Count == 0 || await children[0].StopAsync(_stopPatience).ConfigureAwait(false);
        if (!stopped || drained.Contains(false))
        {
            _say("not everything stopped in good order; see the logs");
        }

        DeleteState();
    }

    public void ChildStarted(KeptChild child)
    {
        WriteState();
        if (child.Restarts > 0)
        {
            _say($"{child.Name} started again as process {child.Pid}");
        }
    }

    public void ChildDied(KeptChild child, TimeSpan startsAgainIn)
    {
        string when = startsAgainIn > TimeSpan.Zero ? $"; starts again in {Humane.Span(startsAgainIn)}" : "";
        _say($"{child.Name} ended with code {child.LastExitCode}{when}");
        WriteState();
    }

    private KeptChild Add(string name, Func<IReadOnlyList<string>> arguments)
    {
        lock (_gate)
        {
            var child = new KeptChild(name, arguments, Path.Combine(LogDirectory, name + ".out"), this, _time);
            _children.Add(child);
            return child;
        }
    }

    private IReadOnlyList<KeptChild> Children()
    {
        lock (_gate)
        {
            return [.. _children];
        }
    }

    /// <summary>The ports that were bound the first time are bound again: clients need not look for them.</summary>
    private IReadOnlyList<string> CoordinatorArguments() =>
    [
        CoordinatorName,
        "--Grpc:Listen=" + Listen(_endpoints?.Grpc, _options.GrpcPort),
        "--Http:Listen=" + Listen(_endpoints?.Http, _options.HttpPort),
        $"--Data:Directory={DataDirectory}",
        $"--Log:File={Path.Combine(LogDirectory, CoordinatorName + ".log")}",
    ];

    private static string Listen(string? bound, int port) =>
        bound is { Length: > 0 } ? new Uri(bound).Authority : $"127.0.0.1:{port}";

    private EndpointsFile? ReadEndpoints(KeptChild coordinator) =>
        EndpointsFile.ReadFrom(DataDirectory) is { } endpoints && endpoints.Pid == coordinator.Pid ? endpoints : null;

    private async Task<object?> AllJoinedAsync(MillraceClient client, CancellationToken cancellation)
    {
        ListWorkersResponse workers = await client.Admin.ListWorkersAsync(cancellation).ConfigureAwait(false);
        return workers.Workers.Count(w => w.State == WorkerState.Alive) >= _options.Workers ? workers : null;
    }

    /// <summary>Asks again and again until there is an answer, and looks after the children meanwhile.</summary>
    private async Task<T> UntilAsync<T>(
        KeptChild coordinator, Func<Task<T?>> ask, CancellationToken cancellation)
        where T : class
    {
        long startedAt = _time.GetTimestamp();
        while (true)
        {
            if (await ask().ConfigureAwait(false) is { } answer)
            {
                return answer;
            }

            if (Children().FirstOrDefault(c => c.LastExitCode is not null) is { } dead)
            {
                throw Failed(dead, $"{dead.Name} ended with code {dead.LastExitCode} while it was starting");
            }

            if (_time.GetElapsedTime(startedAt) > _startPatience)
            {
                throw Failed(coordinator, $"the cluster did not come up within {_startPatience.TotalSeconds:0} s");
            }

            await Task.Delay(_poll, _time, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The child has said itself what is wrong, if it could.</summary>
    private FailureException Failed(KeptChild child, string what)
    {
        string[] said = child.TakeOutput();
        string Said(string label) => said
            .Select(line => line.Trim())
            .FirstOrDefault(line => line.StartsWith(label + ":", StringComparison.Ordinal))?[(label.Length + 1)..]
            .Trim() ?? "";
        bool inOrder = Said("code").Length > 0;
        return new FailureException(inOrder
            ? new Failure(
                said[0],
                Said("why"),
                Said("code") == "PORT_IN_USE" ? OtherPorts : Said("try"),
                Said("code"),
                child.LastExitCode ?? ExitCode.Failed)
            : new Failure(
                what,
                string.Join(" / ", said.TakeLast(3)),
                $"the logs in {LogDirectory}",
                "CHILD_FAILED",
                ExitCode.Failed));
    }

    private void WriteState()
    {
        if (_endpoints is null || _disposed)
        {
            return;
        }

        IReadOnlyList<KeptChild> children = Children();
        lock (_gate)
        {
            DevProcess[] processes = [.. children.Select(c => new DevProcess(c.Name, c.Pid, c.Restarts))];
            var state = new DevState(Environment.ProcessId, Root, Grpc, Http, processes);
            state.WriteTo(Path.Combine(Root, DevState.FileName));
            if (!_up || DevState.ReadFrom(DevState.PointerPath)?.Pid == Environment.ProcessId)
            {
                state.WriteTo(DevState.PointerPath);
            }
        }
    }

    private void DeleteState()
    {
        File.Delete(Path.Combine(Root, DevState.FileName));
        if (DevState.ReadFrom(DevState.PointerPath)?.Pid == Environment.ProcessId)
        {
            File.Delete(DevState.PointerPath);
        }

        if (_temporary)
        {
            Directory.Delete(Root, true);
        }
    }
}
