using System.Text.Json;
using Grpc.Net.Client;
using Millrace.Client.Connecting;

namespace Millrace.Integration.Tests.Processes;

/// <summary>
/// One coordinator and its workers, as real processes on a data directory of their own. A coordinator that died comes
/// back on the same directory and the same ports.
/// </summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly ClusterOptions _options;
    private readonly List<ChildProcess> _all = [];
    private GrpcChannel? _channel;
    private int _grpcPort;
    private int _httpPort;

    /// <param name="dataDirectory">Null: one in <see cref="Directory"/>.</param>
    public TestCluster(ClusterOptions? options = null, string? dataDirectory = null)
    {
        _options = options ?? new ClusterOptions();
        Directory = System.IO.Directory.CreateTempSubdirectory("millrace-it-").FullName;
        DataDirectory = dataDirectory ?? Path.Combine(Directory, "data");
    }

    /// <summary>Everything that the test leaves, deleted at its end.</summary>
    public string Directory { get; }

    public string DataDirectory { get; }

    public string Address => $"http://{_options.Host}:{_grpcPort}";

    public string HttpAddress => $"http://{_options.Host}:{_httpPort}";

    /// <summary>Survives restarts of the coordinator, since its address does not change.</summary>
    /// <remarks>It looks for a new coordinator as often as the client's own does; left to itself it would wait a
    /// second, which has nothing to do with how soon one is there.</remarks>
    public GrpcChannel Channel => _channel ??= GrpcChannel.ForAddress(Address, new GrpcChannelOptions
    {
        InitialReconnectBackoff = Connection.FirstReconnect,
        MaxReconnectBackoff = Connection.LongestReconnect,
    });

    /// <summary>The coordinator's latest life.</summary>
    public ChildProcess Coordinator { get; private set; } = null!;

    /// <summary>The workers' latest lives, by name.</summary>
    public Dictionary<string, ChildProcess> Workers { get; } = [];

    /// <summary>Starts a coordinator and waits until it says where it listens.</summary>
    /// <param name="failpoint">What MILLRACE_FAILPOINT is to say; empty: nothing.</param>
    public async Task StartCoordinatorAsync(string failpoint, CancellationToken cancellation)
    {
        LaunchCoordinator(failpoint);
        await AwaitEndpointsAsync(cancellation);
    }

    /// <summary>Starts a coordinator and leaves it to the caller what to wait for.</summary>
    public ChildProcess LaunchCoordinator(string failpoint)
    {
        Coordinator = Track(ChildProcess.Start(
            "coordinator",
            Executables.Coordinator,
            _options.CoordinatorArguments(DataDirectory, _grpcPort, _httpPort),
            Directory,
            Surroundings(failpoint)));
        return Coordinator;
    }

    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public Task AwaitEndpointsAsync(CancellationToken cancellation) => Wait.UntilAsync(
        $"endpoints.json of coordinator {Coordinator.Pid}",
        () => IsCoordinatorUp()
            || (Coordinator.Exited.IsCompleted
                ? throw new InvalidOperationException($"The coordinator ended with {Coordinator.Exited.Result}.")
                : false),
        cancellation);

    /// <summary>The coordinator has said where it listens, which is known from then on.</summary>
    public bool IsCoordinatorUp()
    {
        try
        {
            string text = File.ReadAllText(Path.Combine(DataDirectory, "endpoints.json"));
            using JsonDocument document = JsonDocument.Parse(text);
            if (document.RootElement.GetProperty("pid").GetInt32() != Coordinator.Pid)
            {
                return false;
            }

            _grpcPort = new Uri(document.RootElement.GetProperty("grpc").GetString()!).Port;
            _httpPort = new Uri(document.RootElement.GetProperty("http").GetString()!).Port;
            return true;
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            return false;
        }
    }

    /// <param name="through">An address that leads to the coordinator; null: its own.</param>
    /// <param name="labels">As "zone=a"; empty: none.</param>
    /// <param name="prefix">A command that becomes the worker, put before it, with a full path; null: none.</param>
    public ChildProcess StartWorker(
        string name,
        string failpoint = "",
        string? through = null,
        string labels = "",
        IReadOnlyList<string>? prefix = null,
        params string[] more)
    {
        string[] command = [.. prefix ?? [], Executables.Worker];
        ChildProcess worker = Track(ChildProcess.Start(
            name,
            command[0],
            [
                .. command[1..],
                $"--Worker:Name={name}",
                $"--Worker:Coordinator={through ?? Address}",
                "--Worker:RunLoops=2",
                $"--Worker:Labels={labels}",
                "--Log:Format=console",
                .. more,
            ],
            Directory,
            Surroundings(failpoint)));
        Workers[name] = worker;
        return worker;
    }

    public string DumpLogs() => string.Join("\n", _all.Select(p =>
        $"----- {p.Name}, process {p.Pid}, "
        + $"{(p.Exited.IsCompleted ? $"exit {p.Exited.Result}" : "running")}\n{p.Output}"));

    public ChildProcess Track(ChildProcess process)
    {
        _all.Add(process);
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ChildProcess process in Enumerable.Reverse(_all))
        {
            await process.DisposeAsync();
        }

        _channel?.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private Dictionary<string, string> Surroundings(string failpoint)
    {
        var variables = new Dictionary<string, string>();
        if (failpoint.Length > 0)
        {
            variables["MILLRACE_FAILPOINT"] = failpoint;
        }

        if (_options.Mutant.Length > 0)
        {
            variables["MILLRACE_MUTANT"] = _options.Mutant;
        }

        return variables;
    }
}
