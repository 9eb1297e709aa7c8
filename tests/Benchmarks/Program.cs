using Millrace.Benchmarks.Balance;
using Millrace.Benchmarks.Ceiling;
using Millrace.Benchmarks.Overload;
using Millrace.Benchmarks.Planner;
using Millrace.Benchmarks.Spine;
using Millrace.Client;

namespace Millrace.Benchmarks;

internal static class Program
{
    private const int Failed = 1;
    private const int UsageError = 2;

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is ["ceiling-relay", var folder])
        {
            await CeilingRelay.RunAsync(folder);
            return 0;
        }

        int json = Array.IndexOf(arguments, "--json");
        bool fileMissing = json >= 0 && json == arguments.Length - 1;
        string[] rest = json < 0 ? arguments : [.. arguments[..json], .. arguments.Skip(json + 2)];
        bool understood = !fileMissing && rest is ([_] or [_, "--quick"]);
        if (!understood || Find(rest[0], quick: rest.Length > 1) is not { } bench)
        {
            Console.Error.WriteLine("usage: spine|planner|balance|overload [--quick] [--json FILE]");
            return UsageError;
        }

        using var cancelled = new CancellationTokenSource();
        Console.CancelKeyPress += (_, press) =>
        {
            press.Cancel = true;
            cancelled.Cancel();
        };
        try
        {
            return await bench(json < 0 ? null : arguments[json + 1], cancelled.Token);
        }
        catch (MillraceException refused)
        {
            Console.Error.WriteLine($"the benchmark could not go on: {refused.Reason}: {refused.Message}");
            return Failed;
        }
    }

    private static Func<string?, CancellationToken, Task<int>>? Find(string name, bool quick) => name switch
    {
        "spine" => new SpineBench(quick).RunAsync,
        "planner" => new PlannerBench(quick).RunAsync,
        "balance" => new BalanceBench(quick).RunAsync,
        "overload" => new OverloadBench(quick).RunAsync,
        _ => null,
    };
}
