using System.Text.Json;
using Millrace.Integration.Tests.Processes;

namespace Millrace.Chaos.Tests;

/// <summary>Each kind of fault once, to real processes, with the same checks at the end as the long runs of
/// scripts/chaos.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class ShortChaosTests
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(4);

    /// <summary>Where packets and mounts are its own matter.</summary>
    private static readonly string[] _alone =
        ["--net", "--mount", "--propagation", "private", "env", "MILLRACE_CHAOS_NAMESPACE=1"];

    [Test]
    public Task Row10Row15Row17Row19Row20Row32Row34Row62_ProcessesFail_NothingIsLost() => LiveThroughAsync(
        "kill_worker,kill_coordinator,kill_both,pause_worker,stop_worker,starve_worker,pause_coordinator,reset_link,"
        + "cut_link,jitter");

    [Test]
    public Task Row25Row26Row27Row29Row30Row31Row33_NetworkFails_NothingIsLost() => LiveThroughAsync(
        "net_cut,net_cut_up,net_cut_down,net_vanish,net_flap,net_slow,net_loss");

    [Test]
    public Task Row44Row46Row48Row51Row53_DiskFails_NothingIsLost() => LiveThroughAsync(
        "power_cut,power_cut,bit_flip,bit_flip,bit_flip,no_space,slow_sync,failed_sync");

    /// <summary>A power cut that finds nothing would prove nothing. Some rounds, because in one the file system may
    /// have written everything a moment before.</summary>
    [Test]
    public async Task Row44_JournalIsNeverSynced_PowerCutFindsIt()
    {
        (int code, string output, _) = await RunAsync(
            "--faults", "power_cut", "--control", "no-sync", "--minutes", "0.5");
        Assert.That(code, Is.Zero, output);
    }

    private static async Task LiveThroughAsync(string kinds)
    {
        (int code, string output, JsonElement report) = await RunAsync("--faults", kinds, "--once", "yes");
        Assert.That(code, Is.Zero, output);
        await TestContext.Out.WriteLineAsync(output);
        Assert.That(report.GetProperty("lost").GetInt32(), Is.Zero);
    }

    private static async Task<(int Code, string Output, JsonElement Report)> RunAsync(params string[] arguments)
    {
        string folder = Directory.CreateTempSubdirectory("millrace-chaos-").FullName;
        try
        {
            string json = Path.Combine(folder, "report.json");
            string chaos = Path.Combine(AppContext.BaseDirectory, "Millrace.Chaos");
            string[] command = [chaos, "--paused-lease", "4", "--rate", "2000", "--json", json, .. arguments];
            if (await CanBeAloneAsync() is { } unshare)
            {
                command = [unshare, .. _alone, .. command];
            }

            using var limit = new CancellationTokenSource(_limit);
            (int code, string output) = await ChildProcess.RunAsync(command[0], command[1..], folder, limit.Token);
            Assert.That(File.Exists(json), output);
            using JsonDocument document = JsonDocument.Parse(await File.ReadAllBytesAsync(json));
            JsonElement report = document.RootElement.Clone();
            SayWhatWasSkipped(report);
            return (code, output, report);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void SayWhatWasSkipped(JsonElement report)
    {
        string skipped = string.Join(
            "; ", report.GetProperty("skipped").EnumerateObject().Select(kind => $"{kind.Name}: {kind.Value}"));
        if (report.GetProperty("rounds").GetInt32() == 0)
        {
            Assert.Ignore(skipped);
        }
        else if (skipped.Length > 0)
        {
            Assert.Warn($"skipped here: {skipped}");
        }
    }

    /// <returns>The tool that makes namespaces; null where it may not.</returns>
    private static async Task<string?> CanBeAloneAsync()
    {
        if (Executables.Tool("unshare") is not { } unshare)
        {
            return null;
        }

        (int code, _) = await ChildProcess.RunAsync(
            unshare, ["--net", "--mount", "--propagation", "private", "true"], "/", CancellationToken.None);
        return code == 0 ? unshare : null;
    }
}
