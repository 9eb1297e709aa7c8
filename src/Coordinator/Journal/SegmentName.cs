using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Coordinator.Journal;

/// <summary>
/// What a file of the journal is, said by its name. A rename is the only thing that turns one into the other, so the
/// number and generation of a segment can never disagree with its use.
/// </summary>
/// <param name="Number">The segment's number, or a spare's own.</param>
/// <param name="Generation">Of the segment; of a spare, that of its last use.</param>
internal readonly partial record struct SegmentName(SegmentKind Kind, ulong Number, uint Generation)
{
    public override string ToString() =>
        Kind switch
        {
            SegmentKind.Live => string.Create(CultureInfo.InvariantCulture, $"{Number:D12}.{Generation}.segment"),
            SegmentKind.Spare => string.Create(CultureInfo.InvariantCulture, $"spare.{Number}.{Generation}.segment"),
            _ => string.Create(CultureInfo.InvariantCulture, $"new.{Number}.{Generation}.segment"),
        };

    /// <summary>Null when the name is not one of the journal's.</summary>
    public static SegmentName? Parse(string name)
    {
        Match match = Pattern().Match(name);
        if (!match.Success
            || !ulong.TryParse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture, out ulong number)
            || !uint.TryParse(match.Groups[3].ValueSpan, CultureInfo.InvariantCulture, out uint generation))
        {
            return null;
        }

        SegmentKind kind = match.Groups[1].ValueSpan switch
        {
            "spare." => SegmentKind.Spare,
            "new." => SegmentKind.Unfinished,
            _ => SegmentKind.Live,
        };
        return new SegmentName(kind, number, generation);
    }

    [GeneratedRegex(@"^(spare\.|new\.|)(\d+)\.(\d+)\.segment$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
