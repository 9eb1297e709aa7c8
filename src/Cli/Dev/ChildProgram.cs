using System.Diagnostics;

namespace Millrace.Cli.Dev;

/// <summary>Starts this very program again with other arguments, also when another one has loaded it.</summary>
internal static class ChildProgram
{
    private const string DotnetName = "dotnet";

    public static ProcessStartInfo Describe(IEnumerable<string> arguments)
    {
        string assembly = typeof(ChildProgram).Assembly.Location;
        string program = Path.ChangeExtension(assembly, null);
        bool hosted = !File.Exists(program);
        var start = new ProcessStartInfo(hosted ? Host(assembly) : program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[ChildSide.Variable] = "1";
        if (hosted && assembly.Length > 0)
        {
            start.ArgumentList.Add(assembly);
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    /// <summary>A program that is one file has no assembly on disk and is itself what to start.</summary>
    private static string Host(string assembly) =>
        assembly.Length > 0 ? DotnetName : Environment.ProcessPath ?? DotnetName;
}
