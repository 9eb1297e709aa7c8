using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Millrace.Common.Processes;

/// <summary>The program that this is, to be started again with other arguments, also when another one has loaded
/// it.</summary>
/// <param name="Assembly">The program's own.</param>
/// <param name="Verb">What comes first on its command line.</param>
public sealed record OwnProgram(Assembly Assembly, params IReadOnlyList<string> Verb)
{
    private const string DotnetName = "dotnet";

    /// <summary>A process that stops when this one is gone: see <see cref="ChildSide"/>. Whoever starts it keeps its
    /// standard input open.</summary>
    [UnconditionalSuppressMessage(
        "SingleFile", "IL3000", Justification = "It is empty for a program that is one file: see Host.")]
    public ProcessStartInfo Describe(IEnumerable<string> arguments)
    {
        string assembly = Assembly.Location;
        string program = Path.ChangeExtension(assembly, null);
        bool hosted = !File.Exists(program);
        var start = new ProcessStartInfo(hosted ? Host(assembly) : program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
        };
        start.Environment[ChildSide.Variable] = "1";
        if (hosted && assembly.Length > 0)
        {
            start.ArgumentList.Add(assembly);
        }

        foreach (string argument in Verb.Concat(arguments))
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }

    /// <summary>A program that is one file has no assembly on disk and is itself what to start.</summary>
    private static string Host(string assembly) =>
        assembly.Length > 0 ? DotnetName : Environment.ProcessPath ?? DotnetName;
}
