using System.Diagnostics;

namespace Millrace.Simulation.Tests.Run;

/// <summary>The simulator as a process of its own.</summary>
internal static class SimulationProcess
{
    /// <returns>What it printed.</returns>
    public static string Run(params string[] arguments)
    {
        string program = typeof(Simulation.Run.Simulation).Assembly.Location;
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
