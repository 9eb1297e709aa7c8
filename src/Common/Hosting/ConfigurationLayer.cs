using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Json;

namespace Millrace.Common.Hosting;

/// <summary>One place that configuration comes from, with what it says.</summary>
/// <param name="Source">For people: "the command line", "environment", or a file's path.</param>
/// <param name="MayHoldForeignSections">Other software reads the same file: sections that are not ours are let
/// be.</param>
public sealed record ConfigurationLayer(
    string Source, IReadOnlyDictionary<string, string> Values, bool MayHoldForeignSections = false)
{
    public const string EnvironmentPrefix = "MILLRACE__";

    private const string ConfigFlag = "config";

    /// <summary>All layers, the weakest first: appsettings.json, --config FILE, environment, command line.</summary>
    /// <param name="directory">Where appsettings.json is looked for; it may be missing.</param>
    public static IReadOnlyList<ConfigurationLayer> Gather(
        IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, string directory)
    {
        Dictionary<string, string> commandLine = ReadArguments(arguments);
        var layers = new List<ConfigurationLayer>();
        string shared = Path.Combine(directory, "appsettings.json");
        if (File.Exists(shared))
        {
            layers.Add(ReadFile(shared) with { MayHoldForeignSections = true });
        }

        if (commandLine.Remove(ConfigFlag, out string? named))
        {
            layers.Add(ReadFile(Path.GetFullPath(named, directory)));
        }

        layers.Add(ReadEnvironment(environment));
        layers.Add(new ConfigurationLayer("the command line", commandLine));
        return layers;
    }

    private static ConfigurationLayer ReadEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, string value) in environment)
        {
            if (name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
            {
                values[name[EnvironmentPrefix.Length..].Replace("__", ":", StringComparison.Ordinal)] = value;
            }
        }

        return new ConfigurationLayer($"environment ({EnvironmentPrefix}SECTION__KEY)", values);
    }

    private static Dictionary<string, string> ReadArguments(IReadOnlyList<string> arguments)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (!argument.StartsWith("--", StringComparison.Ordinal) || argument.Length == 2 || equals == 2)
            {
                throw Usage($"\"{argument}\" is not an option", "options are written --Section:Key=value");
            }

            if (equals > 0)
            {
                values[argument[2..equals]] = argument[(equals + 1)..];
            }
            else if (i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
            {
                values[argument[2..]] = arguments[++i];
            }
            else
            {
                throw Usage($"option {argument} has no value", $"write {argument}=value");
            }
        }

        return values;
    }

    private static ConfigurationLayer ReadFile(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            IConfigurationRoot root = new ConfigurationBuilder().Add(new JsonStreamConfigurationSource
            {
                Stream = stream,
            }).Build();
            Dictionary<string, string> values = root.AsEnumerable()
                .Where(entry => entry.Value is not null)
                .ToDictionary(entry => entry.Key, entry => entry.Value!, StringComparer.OrdinalIgnoreCase);
            return new ConfigurationLayer(path, values);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"cannot read the configuration file {path}",
                error.Message,
                "name an existing file after --config",
                "CONFIG_FILE_UNREADABLE",
                ExitCodes.Usage);
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            throw new StartupException(
                $"the configuration file {path} is not valid JSON",
                error.Message,
                "correct the file",
                "CONFIG_FILE_MALFORMED",
                ExitCodes.Usage);
        }
    }

    private static StartupException Usage(string what, string why) =>
        new(what, why, "--Data:Directory=DIR, for example", "CONFIG_BAD_ARGUMENT", ExitCodes.Usage);
}
