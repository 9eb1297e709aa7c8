using System.Globalization;

namespace Millrace.Common.Hosting;

/// <summary>Durations and sizes as people write them. The unit is always said, so that nobody has to guess
/// it.</summary>
public static class Quantity
{
    public const string DurationUnits = "ms, s, m, h or d";

    public const string SizeUnits = "B, KiB, MiB, GiB or TiB";

    private static readonly (string Unit, double Factor)[] Durations =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    private static readonly (string Unit, double Factor)[] Sizes =
    [
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("TiB", 1L << 40),
        ("B", 1),
    ];

    /// <summary>Reads a duration like "250ms", "1.5s" or "7d".</summary>
    public static bool TryParseDuration(string text, out TimeSpan value)
    {
        bool good = TryParse(text, Durations, out double ticks);
        value = good ? TimeSpan.FromTicks((long)ticks) : default;
        return good;
    }

    /// <summary>Reads a size in bytes like "64MiB" or "512B".</summary>
    public static bool TryParseSize(string text, out long value)
    {
        bool good = TryParse(text, Sizes, out double bytes);
        value = good ? (long)bytes : default;
        return good;
    }

    /// <summary>The shortest form that reads back as the same value, with a whole number.</summary>
    public static string Format(TimeSpan value)
    {
        (string unit, double factor) = Durations.LastOrDefault(
            d => value.Ticks != 0 && value.Ticks % (long)d.Factor == 0, Durations[0]);
        return string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / factor}{unit}");
    }

    /// <inheritdoc cref="Format(TimeSpan)"/>
    public static string FormatSize(long bytes)
    {
        (string unit, double factor) = Sizes[..^1].LastOrDefault(
            s => bytes != 0 && bytes % (long)s.Factor == 0, Sizes[^1]);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / factor}{unit}");
    }

    private static bool TryParse(string text, (string Unit, double Factor)[] units, out double value)
    {
        value = 0;
        string trimmed = text.Trim();
        int split = trimmed.AsSpan().IndexOfAnyExcept("0123456789.");
        if (split <= 0
            || !double.TryParse(trimmed.AsSpan(0, split), CultureInfo.InvariantCulture, out double number))
        {
            return false;
        }

        string unit = trimmed[split..].Trim();
        foreach ((string name, double factor) in units)
        {
            if (name == unit)
            {
                value = number * factor;
                return value < 9e18;
            }
        }

        return false;
    }
}
