using System.CommandLine;
using System.CommandLine.Parsing;
using Millrace.Cli.Output;
using Millrace.Common.Hosting;

namespace Millrace.Cli.Running;

/// <summary>What is wrong with a command line, with the nearest one that is right.</summary>
internal static class Usage
{
    public static Failure Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string path = Path(parsed.CommandResult);
        ParseError error = parsed.Errors[0];
        string what = OneLine(error.Message.TrimEnd('.'));
        string? unknown = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        if (unknown is not null)
        {
            what = $"\"{path}\" does not take \"{unknown}\"";
        }

        string[] known = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
        if (unknown is null && command.Action is null && known.Length > 0)
        {
            what = $"\"{path}\" needs a command";
        }

        string? near = unknown is null
            ? null
            : NearestName.Find(unknown, known.Concat(OptionNames(parsed.CommandResult)));
        bool wantsCommand = known.Length > 0 && (unknown is not null || command.Action is null);
        string why = wantsCommand ? "it takes " + string.Join(", ", known) : "";
        string advice = near is null ? $"`{path} --help`" : $"`{path} {near}`";
        return new Failure(what, why, advice, "USAGE", ExitCode.Usage);
    }

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "millrace";

    private static IEnumerable<string> OptionNames(CommandResult result)
    {
        IEnumerable<string> own = result.Command.Options.Select(o => o.Name);
        return result.Parent is CommandResult parent ? own.Concat(OptionNames(parent)) : own;
    }
}
