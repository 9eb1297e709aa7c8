using System.Text.Json;

namespace Millrace.Benchmarks.Running;

/// <summary>Starts the programs of a cluster. Each logs to a file of its own in the cluster's folder.</summary>
internal static class BenchPrograms
{
    private static readonly TimeSpan _startTime = TimeSpan.FromSeconds(30);

    /// <param name="settings">More of them, as --Section:Key=value.</param>
    public static BenchProcess StartCoordinator(string folder, string listen, params string[] settings) =>
        BenchProcess.Start(
            "Millrace.Coordinator",
            LogFile(folder, "coordinator"),
            [
                $"--Data:Directory={folder}",
                $"--Grpc:Listen={listen}",
                "--Http:Listen=127.0.0.1:0",
                "--Log:Level=Warning",
                .. settings,
            ]);

    public static BenchProcess StartWorker(string folder, string name, string address, params string[] settings) =>
        BenchProcess.Start(
            "Millrace.Worker",
            LogFile(folder, name),
            [$"--Worker:Name={name}", $"--Worker:Coordinator={address}", "--Log:Level=Warning", .. settings]);

    /// <summary>The gRPC address of the coordinator that was started last.</summary>
    public static string WaitForAddress(string folder)
    {
        string file = Path.Combine(folder, "endpoints.json");
        using var limited = new CancellationTokenSource(_startTime);
        while (!File.Exists(file))
        {
            limited.Token.ThrowIfCancellationRequested();
            limited.Token.WaitHandle.WaitOne(20);
        }

        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(file));
        return json.RootElement.GetProperty("grpc").GetString()!;
    }

    public static string LogFile(string folder, string name) => Path.Combine(folder, name + ".log");
}
