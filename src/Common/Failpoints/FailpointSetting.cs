using System.Globalization;

namespace Millrace.Common.Failpoints;

/// <summary>What to do at one failpoint, and at which hit of it.</summary>
internal sealed class FailpointSetting(string name, FailpointAction action, TimeSpan delay, int? onlyHit)
{
    private int _hits;

    public string Name { get; } = name;

    public FailpointAction Action { get; } = action;

    public TimeSpan Delay { get; } = delay;

    /// <exception cref="FormatException">The text is not as <see cref="Failpoint"/> says.</exception>
    public static FailpointSetting[] ParseAll(string text) =>
        [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];

    /// <summary>Counts a hit; true when it is the one, or when every hit is.</summary>
    public bool IsDue()
    {
        int hit = Interlocked.Increment(ref _hits);
        return onlyHit is null || onlyHit == hit;
    }

    private static FailpointSetting Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        string[] what = parts.Length == 2 ? parts[1].Split('@', 2) : [];
        if (what.Length == 0 || parts[0].Length == 0)
        {
            throw Bad(text);
        }

        int? onlyHit = what.Length == 1 ? null : Number(what[1], text);
        string[] action = what[0].Split('=', 2);
        return (action[0], action.Length) switch
        {
            ("kill", 1) => new(parts[0], FailpointAction.Kill, TimeSpan.Zero, onlyHit),
            ("throw", 1) => new(parts[0], FailpointAction.Throw, TimeSpan.Zero, onlyHit),
            ("sleep", 2) => new(
                parts[0], FailpointAction.Sleep, TimeSpan.FromMilliseconds(Number(action[1], text)), onlyHit),
            _ => throw Bad(text),
        };
    }

    private static int Number(string digits, string text) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw Bad(text);

    private static FormatException Bad(string text) =>
        new($"'{text}' is not a failpoint setting: use NAME:kill, NAME:throw or NAME:sleep=MS, "
            + "each with @HIT if wanted.");
}
