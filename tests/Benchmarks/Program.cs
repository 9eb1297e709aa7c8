using Millrace.Benchmarks.Ceiling;
using Millrace.Benchmarks.Spine;

namespace Millrace.Benchmarks;

internal static class Program
{
    private const int UsageError = 2;

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["ceiling-relay", var folder])
        {
            await CeilingRelay.RunAsync(folder);
            return 0;
        }

        int json = Array.IndexOf(arguments, "--json");
        string[] rest = json < 0 ? arguments : [.. arguments[..json], .. arguments.Skip(json + 2)];
        if ((json >= 0 && json == arguments.Length - 1) || rest is not (["spine"] or ["spine", "--quick"]))
        {
            Console.Error.WriteLine("usage: spine [--quick] [--json FILE]");
            return UsageError;
        }

        using var cancelled = new CancellationTokenSource();
        Console.CancelKeyPress += (_, press) =>
        {
            press.Cancel = true;
            cancelled.Cancel();
        };
        string? file = json < 0 ? null : arguments[json + 1];
        return await new SpineBench(quick: rest.Contains("--quick")).RunAsync(file, cancelled.Token);
    }
}
