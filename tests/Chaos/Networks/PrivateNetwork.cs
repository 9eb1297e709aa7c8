using Millrace.Integration.Tests.Processes;

namespace Millrace.Chaos.Networks;

/// <summary>
/// A bridge in this process's own network namespace, and each worker in a namespace behind it with an address of its
/// own: TCP between them is the kernel's, from end to end. The addresses are from 127.0.0.0/8, taken off the loopback
/// device and routed like any other: so nothing else can reach them, and the coordinator, which binds nothing but
/// loopback addresses, needs no exception.
/// </summary>
internal sealed class PrivateNetwork : IAsyncDisposable
{
    public const string CoordinatorHost = "127.77.0.1";

    /// <summary>Set by who started this process in a network and a mount namespace of its own.</summary>
    private const string NamespaceVariable = "MILLRACE_CHAOS_NAMESPACE";
    private const string Bridge = "millrace0";
    private const int FirstHost = 10;

    private readonly string _ip = Executables.Tool("ip")!;
    private readonly List<string> _workers = [];
    private readonly CancellationToken _cancellation;

    private PrivateNetwork(CancellationToken cancellation) => _cancellation = cancellation;

    /// <summary>True: this process is in a namespace of its own, where it may do as it likes.</summary>
    public static bool IsOurs => Environment.GetEnvironmentVariable(NamespaceVariable) == "1";

    /// <summary>Why there cannot be one here; empty: there can.</summary>
    public static string Obstacle =>
        !IsOurs ? "network namespaces need root and unshare (scripts/chaos makes them)"
        : Executables.Tool("ip") is null || Executables.Tool("tc") is null
            ? "ip and tc are not installed (Debian: apt-get install iproute2)"
            : "";

    public static string LossObstacle => Obstacle.Length > 0 ? Obstacle
        : Executables.Tool("nft") is null ? "nft is not installed (Debian: apt-get install nftables)" : "";

    /// <summary>Brings up this namespace's loopback device, which is down at first.</summary>
    public static async Task OpenLoopbackAsync(CancellationToken cancellation)
    {
        if (Executables.Tool("ip") is { } ip)
        {
            await RunAsync(ip, "link set lo up", cancellation);
        }
    }

    public static async Task<PrivateNetwork> CreateAsync(IEnumerable<string> workers, CancellationToken cancellation)
    {
        var network = new PrivateNetwork(cancellation);
        await network.RunAsync($"link add {Bridge} type bridge");
        await network.PrepareAsync("", Bridge, CoordinatorHost);
        foreach (string worker in workers)
        {
            string inside = InsideOf(worker);
            await network.RunAsync($"netns add {SpaceOf(worker)}");
            network._workers.Add(worker);
            await network.RunAsync($"link add {worker} type veth peer name eth0 netns {SpaceOf(worker)}");
            await network.RunAsync($"link set {worker} master {Bridge} up");
            await network.PrepareAsync(inside, "eth0", network.HostOf(worker));
        }

        return network;
    }

    /// <summary>A command that becomes a process in the worker's namespace.</summary>
    public IReadOnlyList<string> PrefixOf(string worker) => [_ip, "netns", "exec", SpaceOf(worker)];

    public Task DownAsync(string worker) => RunAsync($"link set {worker} down");

    public Task UpAsync(string worker) => RunAsync($"link set {worker} up");

    /// <summary>What the worker sends goes nowhere.</summary>
    public Task BlockUpAsync(string worker) =>
        RunAsync($"{InsideOf(worker)}ip route add blackhole {CoordinatorHost}/32");

    public Task UnblockUpAsync(string worker) =>
        RunAsync($"{InsideOf(worker)}ip route del blackhole {CoordinatorHost}/32");

    /// <summary>What is sent to the worker goes nowhere.</summary>
    public Task BlockDownAsync(string worker) => RunAsync($"route add blackhole {HostOf(worker)}/32");

    public Task UnblockDownAsync(string worker) => RunAsync($"route del blackhole {HostOf(worker)}/32");

    /// <summary>A token bucket at each end.</summary>
    public async Task SlowAsync(string worker)
    {
        const string Limit = "root tbf rate 256kbit burst 16kb latency 400ms";
        await RunAsync(Executables.Tool("tc")!, $"qdisc add dev {worker} {Limit}", _cancellation);
        await RunAsync($"{InsideOf(worker)}tc qdisc add dev eth0 {Limit}");
    }

    public async Task UnslowAsync(string worker)
    {
        await RunAsync(Executables.Tool("tc")!, $"qdisc del dev {worker} root", _cancellation);
        await RunAsync($"{InsideOf(worker)}tc qdisc del dev eth0 root");
    }

    /// <summary>A tenth of the packets that reach the worker is dropped.</summary>
    public async Task LoseAsync(string worker)
    {
        await RunAsync($"{InsideOf(worker)}nft add table inet loss");
        await RunAsync($"{InsideOf(worker)}nft add chain inet loss in {{ type filter hook input priority 0 ; }}");
        await RunAsync($"{InsideOf(worker)}nft add rule inet loss in numgen random mod 100 < 10 drop");
    }

    public Task KeepAsync(string worker) => RunAsync($"{InsideOf(worker)}nft delete table inet loss");

    public async ValueTask DisposeAsync()
    {
        foreach (string worker in _workers)
        {
            await RunAsync(_ip, $"link del {worker}", CancellationToken.None);
            await RunAsync(_ip, $"netns del {SpaceOf(worker)}", CancellationToken.None);
        }

        await RunAsync(_ip, $"link del {Bridge}", CancellationToken.None);
    }

    /// <summary>Gives a namespace's device its address and lets addresses of 127.0.0.0/8 be routed there.</summary>
    private async Task PrepareAsync(string inside, string device, string host)
    {
        string local = inside.Length == 0 ? "" : inside + "ip ";
        await RunAsync(local + "link set lo up");
        string[] shell = ["-c", "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet"];
        await CheckedAsync(
            inside.Length == 0 ? "/bin/sh" : _ip,
            inside.Length == 0 ? shell : [.. inside.Trim().Split(' '), "sh", .. shell],
            _cancellation);
        await RunAsync($"{local}addr add {host}/16 dev {device}");
        await RunAsync($"{local}link set {device} up");
        if (await HasWholeLoopbackAsync(local))
        {
            await RunAsync($"{local}route del local 127.0.0.0/8 dev lo table local");
        }
    }

    private async Task<bool> HasWholeLoopbackAsync(string local)
    {
        (_, string output) = await ChildProcess.RunAsync(
            _ip, $"{local}route show table local".Split(' '), "/", _cancellation);
        return output.Contains("127.0.0.0/8", StringComparison.Ordinal);
    }

    private string HostOf(string worker) => $"127.77.0.{FirstHost + _workers.IndexOf(worker)}";

    private static string SpaceOf(string worker) => $"millrace-{Environment.ProcessId}-{worker}";

    private static string InsideOf(string worker) => $"netns exec {SpaceOf(worker)} ";

    private Task RunAsync(string arguments) => RunAsync(_ip, arguments, _cancellation);

    private static Task RunAsync(string tool, string arguments, CancellationToken cancellation) =>
        CheckedAsync(tool, arguments.Split(' '), cancellation);

    private static async Task CheckedAsync(string tool, string[] arguments, CancellationToken cancellation)
    {
        (int code, string output) = await ChildProcess.RunAsync(tool, arguments, "/", cancellation);
        if (code != 0)
        {
            throw new InvalidOperationException($"{tool} {string.Join(' ', arguments)}: {output}");
        }
    }
}
