using System.Globalization;
using Google.Protobuf.WellKnownTypes;

namespace Millrace.Cli.Output;

/// <summary>Numbers and times as people read them.</summary>
internal static class Humane
{
    private static readonly string[] _units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    public static string Count(ulong value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Bytes(ulong value)
    {
        double size = value;
        int unit = 0;
        while (size >= 1024 && unit < _units.Length - 1)
        {
            size /= 1024;
            unit++;
        }

        string format = unit == 0 || size >= 100 ? "0" : "0.0";
        return size.ToString(format, CultureInfo.InvariantCulture) + " " + _units[unit];
    }

    public static string Percent(double ratio) => (ratio * 100).ToString("0", CultureInfo.InvariantCulture) + "%";

    /// <summary>For example "0.4s", "41m", "3h12m", "2d4h". Null: not known.</summary>
    public static string Span(TimeSpan? span) => span switch
    {
        null => "-",
        { TotalSeconds: < 10 } s => s.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + "s",
        { TotalMinutes: < 1 } s => $"{(int)s.TotalSeconds}s",
        { TotalHours: < 1 } s => $"{(int)s.TotalMinutes}m",
        { TotalDays: < 1 } s => $"{(int)s.TotalHours}h{s.Minutes}m",
        { } s => $"{(int)s.TotalDays}d{s.Hours}h",
    };

    public static string Span(Duration? duration) => Span(duration?.ToTimeSpan());

    /// <summary>How long ago it was.</summary>
    public static string Age(Timestamp? time, DateTimeOffset now) => Span(time is null ? null : Since(time, now));

    /// <summary>An enum value without its proto prefix, as the API's JSON has it.</summary>
    public static string Word<T>(T value)
        where T : struct, System.Enum
    {
        string name = value.ToString();
        return string.Concat(name.Select((c, i) =>
            i > 0 && char.IsUpper(c) && !char.IsUpper(name[i - 1]) ? "_" + c : char.ToUpperInvariant(c).ToString()));
    }

    private static TimeSpan Since(Timestamp time, DateTimeOffset now)
    {
        TimeSpan age = now - time.ToDateTimeOffset();
        return age < TimeSpan.Zero ? TimeSpan.Zero : age;
    }
}
