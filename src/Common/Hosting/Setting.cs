namespace Millrace.Common.Hosting;

/// <summary>One configuration key: its name, default, unit and limits.</summary>
/// <param name="key">"Section:Name". No key has two spellings; letter case does not matter.</param>
/// <param name="defaultText">The default, written as a user would write it.</param>
/// <param name="accepts">What a value may be: unit and limits, for messages and help.</param>
/// <param name="summary">One sentence about what it decides.</param>
public abstract class Setting(string key, string defaultText, string accepts, string summary)
{
    public string Key { get; } = key;

    public string DefaultText { get; } = defaultText;

    public string Accepts { get; } = accepts;

    public string Summary { get; } = summary;

    /// <summary>The value, or null when the text is not one of those accepted.</summary>
    public abstract object? Parse(string text);

    public static Setting<TimeSpan> Duration(
        string key, string defaultText, TimeSpan least, TimeSpan most, string summary) =>
        new(
            key,
            defaultText,
            $"a duration in {Quantity.DurationUnits}, {Quantity.Format(least)} to {Quantity.Format(most)}",
            summary,
            text => Quantity.TryParseDuration(text, out TimeSpan value) && value >= least && value <= most
                ? value
                : null);

    public static Setting<long> Size(string key, string defaultText, long least, long most, string summary) =>
        new(
            key,
            defaultText,
            $"a size in {Quantity.SizeUnits}, {Quantity.FormatSize(least)} to {Quantity.FormatSize(most)}",
            summary,
            text => Quantity.TryParseSize(text, out long value) && value >= least && value <= most ? value : null);

    public static Setting<int> Count(string key, int defaultValue, int least, int most, string summary) =>
        new(
            key,
            $"{defaultValue}",
            $"a whole number, {least} to {most}",
            summary,
            text => int.TryParse(text, out int value) && value >= least && value <= most ? value : null);

    public static Setting<ListenAddress> Listen(string key, string defaultText, string summary) =>
        new(
            key,
            defaultText,
            "ADDRESS:PORT, for example 127.0.0.1:7400; port 0 takes a free one",
            summary,
            text => ListenAddress.TryParse(text, out ListenAddress value) ? value : null);

    /// <param name="accept">Gives the value, or null to refuse it. Not given: any text.</param>
    public static Setting<string> Text(
        string key, string defaultText, string accepts, string summary, Func<string, string?>? accept = null) =>
        new(key, defaultText, accepts, summary, accept ?? (text => text));

    /// <summary>One of the names of an enumeration, letter case ignored.</summary>
    public static Setting<T> Choice<T>(string key, T defaultValue, string summary)
        where T : struct, Enum =>
        new(
            key,
            $"{defaultValue}".ToLowerInvariant(),
            "one of " + string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant(),
            summary,
            text => char.IsLetter(text.FirstOrDefault()) && Enum.TryParse(text, ignoreCase: true, out T value)
                ? value
                : null);
}

/// <inheritdoc cref="Setting"/>
public sealed class Setting<T>(
    string key, string defaultText, string accepts, string summary, Func<string, object?> parse)
    : Setting(key, defaultText, accepts, summary)
{
    public override object? Parse(string text) => parse(text);
}
