namespace Millrace.Common.Hosting;

/// <summary>What a process says that is asked how it is started: its settings, with what each takes.</summary>
/// <param name="Usage">How the process is started, as a user would type it.</param>
/// <param name="Summary">One sentence about what it does.</param>
/// <param name="Options">What it takes besides settings, and what that means.</param>
/// <param name="Settings">Its settings, in the order to show them in.</param>
public sealed record SettingsHelp(
    string Usage, string Summary, IReadOnlyList<(string Name, string Meaning)> Options, IReadOnlyList<Setting> Settings)
{
    /// <summary>Writes it if the arguments ask for it, whatever else they say.</summary>
    /// <returns>Whether they did; then there is nothing else to do.</returns>
    public bool Answers(IEnumerable<string> arguments, TextWriter output)
    {
        bool asked = arguments.Any(argument => argument is "--help" or "-h" or "-?");
        if (asked)
        {
            WriteTo(output);
        }

        return asked;
    }

    private void WriteTo(TextWriter output)
    {
        output.WriteLine(Summary);
        output.WriteLine();
        output.WriteLine($"Usage: {Usage} [--Section:Key=value]...");
        output.WriteLine();
        foreach ((string name, string meaning) in Options)
        {
            output.WriteLine($"  {name}");
            output.WriteLine($"      {meaning}");
        }

        output.WriteLine("  --config FILE");
        output.WriteLine("      Settings from a JSON file. Stronger than appsettings.json in the working directory;");
        output.WriteLine("      the environment (MILLRACE__SECTION__KEY) and then the command line are stronger.");
        output.WriteLine();
        output.WriteLine("Settings and their defaults:");
        foreach (Setting setting in Settings)
        {
            output.WriteLine($"  --{setting.Key}={setting.DefaultText}");
            output.WriteLine($"      {setting.Summary}");
            output.WriteLine($"      Takes {setting.Accepts}.");
        }
    }
}
