using System.Diagnostics.CodeAnalysis;
using Millrace.Integration.Tests.Checks;
using Millrace.Integration.Tests.Driving;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Integration.Tests.Moves;

/// <summary>The command itself, as a process, splits and merges partitions that are cut by keys, under a job that
/// counts.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class PartitionCommandTests : ClusterTests
{
    private const string Job = "tally";
    private const string Topic = "places";

    private static readonly string[] _keys = ["asia", "eu", "golf", "kiwi", "lima", "papa", "us"];

    private readonly Dictionary<string, long> _sent = [];

    [SuppressMessage("Structure", "NUnit1032", Justification = "The base class disposes of every cluster.")]
    private TestCluster _cluster = null!;

    [Test]
    public async Task Ranges_SplitAtAKeyAndMerged_HoldWhatTheListSaysAndCountOn()
    {
        await StartAsync("--partitioning", "range-by-key", "--split-points", "g,p");
        Assert.That(
            await RunAsync("split", Topic, "1", "--at", "k", "--dry-run"),
            Is.EqualTo("p1 would be sealed; p3 and p4 take over"));
        Assert.That(
            await RunAsync("split", Topic, "p1", "--at", "k"), Is.EqualTo("p1 is sealed; p3 and p4 take over"));
        await SettledAsync();
        await CountOnAsync();
        await RefusedAsync(2, "DUPLICATE_SPLIT_POINT", "split", Topic, "4", "--at", "k");
        await RefusedAsync(2, "SPLIT_POINT_OUTSIDE", "split", Topic, "3", "--at", "z");
        await RefusedAsync(2, "BAD_SPLIT_POINT", "split", Topic, "3");
        await RefusedAsync(2, "BAD_FIELD", "split", Topic, "3", "--keys", "golf");
        await RefusedAsync(2, "BAD_FIELD", "split", Topic, "3", "--at", "0xzz");
        await RefusedAsync(4, "PARTITION_SEALED", "split", Topic, "1", "--at", "k");
        await RefusedAsync(4, "NOT_NEIGHBOURS", "merge", Topic, "3", "2");
        await RefusedAsync(4, "ETAG_MISMATCH", "merge", Topic, "4", "2", "--etag", "1");

        Assert.That(await RunAsync("merge", Topic, "p4", "p2"), Is.EqualTo("p4 and p2 are sealed; p5 takes over"));
        await SettledAsync();
        await CountOnAsync();
        string[] list = (await RunAsync("list", "--topic", Topic)).Split('\n');
        Assert.That(list.Where(l => l.Contains(" OPEN ", StringComparison.Ordinal)).Select(Words), Is.EqualTo(new[]
        {
            "p0 the lowest key to below \"g\"", "p3 \"g\" to below \"k\"", "p5 \"k\" and above",
        }));
    }

    [Test]
    public async Task Directory_SplitByNamedKeysAndInHalvesAndMerged_CountsOn()
    {
        await StartAsync("--partitioning", "key", "--partitions", "2", "--declare", "eu=0,us=0,asia=1,kiwi=1");
        Assert.That(
            await RunAsync("split", Topic, "0", "--keys", "us,0x6575"),
            Is.EqualTo("p0 is sealed; p2 and p3 take over"));
        await SettledAsync();
        await CountOnAsync();
        await RefusedAsync(2, "KEY_ELSEWHERE", "split", Topic, "3", "--keys", "asia");
        await RefusedAsync(2, "UNKNOWN_KEY", "split", Topic, "3", "--keys", "us,nobody");
        await RefusedAsync(2, "DUPLICATE_KEY", "split", Topic, "3", "--keys", "us,us");
        await RefusedAsync(2, "BAD_FIELD", "split", Topic, "3", "--at", "7");

        Assert.That(await RunAsync("split", Topic, "1"), Does.StartWith("p1 is sealed; p4 and p5 take over"));
        await SettledAsync();
        await CountOnAsync();
        Assert.That(await RunAsync("merge", Topic, "3", "4"), Is.EqualTo("p3 and p4 are sealed; p6 takes over"));
        await SettledAsync();
        await CountOnAsync();
        string[] list = (await RunAsync("list", "--topic", Topic)).Split('\n');
        Assert.That(list.Count(l => l.Contains(" OPEN ", StringComparison.Ordinal)), Is.EqualTo(3));
        Assert.That(list.Single(l => l.StartsWith("  p6", StringComparison.Ordinal)), Does.Contain("p3, p4"));
    }

    private static string Words(string line) =>
        string.Join(' ', line[..line.IndexOf(" OPEN ", StringComparison.Ordinal)]
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private async Task StartAsync(params string[] partitioning)
    {
        _cluster = NewCluster();
        await _cluster.StartCoordinatorAsync("", Deadline);
        _cluster.StartWorker("w-1");
        await CommandAsync(["topics", "create", Topic, .. partitioning]);
        await CommandAsync(["jobs", "deploy", "count", Job, "--topic", Topic]);
        await CountOnAsync();
    }

    /// <summary>Sends some more, and waits until the job has counted all that was ever sent, under each key.</summary>
    private async Task CountOnAsync()
    {
        string file = Path.Combine(_cluster.Directory, "events");
        string[] keys = [.. Enumerable.Range(1, 70).Select(i => _keys[i * i % _keys.Length])];
        await File.WriteAllLinesAsync(file, keys, Deadline);
        await CommandAsync(["topics", "send", Topic, "--file", file]);
        foreach (string key in keys)
        {
            _sent[key] = _sent.GetValueOrDefault(key) + 1;
        }

        var reader = new ClusterReader(_cluster.Channel, Deadline);
        await Wait.UntilAsync(
            "counts of everything",
            async _ => (await reader.CountsAsync(Job, 0)).OrderBy(c => c.Key, StringComparer.Ordinal)
                .SequenceEqual(_sent.OrderBy(s => s.Key, StringComparer.Ordinal)
                    .Select(s => new CountLine(s.Key, s.Value))),
            Deadline);
    }

    /// <summary>Waits until the job goes on in the partitions that took over and has committed there.</summary>
    private Task SettledAsync() => Wait.UntilAsync(
        "the job to take over",
        async _ => !(await RunAsync("list", "--topic", Topic)).Contains("SEALING", StringComparison.Ordinal),
        Deadline);

    private Task<string> RunAsync(params string[] arguments) => CommandAsync(["partitions", .. arguments]);

    private async Task RefusedAsync(int exit, string code, params string[] arguments)
    {
        string before = await RunAsync("list", "--topic", Topic, "-o", "json");
        (int got, string output) = await StartedAsync(["partitions", .. arguments]);
        Assert.That(got, Is.EqualTo(exit), output);
        Assert.That(output, Does.Match($"code: *{code}"));
        Assert.That(await RunAsync("list", "--topic", Topic, "-o", "json"), Is.EqualTo(before));
    }

    private async Task<string> CommandAsync(string[] arguments)
    {
        (int exit, string output) = await StartedAsync(arguments);
        Assert.That(exit, Is.Zero, $"{string.Join(' ', arguments)}\n{output}");
        return output.TrimEnd();
    }

    private Task<(int Exit, string Output)> StartedAsync(string[] arguments) => ChildProcess.RunAsync(
        Executables.Command, [.. arguments, "--server", _cluster.Address], _cluster.Directory, Deadline);
}
