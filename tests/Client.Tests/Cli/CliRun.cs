using Millrace.Cli;
using Millrace.Cli.Output;

namespace Millrace.Client.Tests.Cli;

/// <summary>One run of the command, with everything that it printed.</summary>
internal sealed record CliRun(int Exit, string Out, string Error)
{
    /// <param name="arguments">Separated by spaces.</param>
    public static Task<CliRun> OfAsync(string arguments, string input = "") =>
        OfAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), input);

    public static async Task<CliRun> OfAsync(string[] arguments, string input = "")
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var terminal = new Terminal { In = new StringReader(input), Out = output, Error = error };
        int exit = await CommandTree.RunAsync(arguments, terminal);
        return new CliRun(exit, output.ToString(), error.ToString());
    }
}
