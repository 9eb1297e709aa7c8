using Millrace.Checking.Logs;
using Millrace.Simulation.Disk;
using Millrace.Simulation.Engine;

namespace Millrace.Simulation.Coordinators;

/// <summary>Copies of segments that retention has taken out of the journal, so that the checkers see all of
/// it.</summary>
internal sealed class JournalArchive(CoordinatorDisk disk, Trace trace)
{
    private const string Directory = "/journal";

    private readonly SortedDictionary<ulong, Segment> _segments = [];

    /// <summary>A file gets another name or goes. A segment is archived when later ones stay: what is taken from the
    /// end was cut off by recovery and never counted.</summary>
    public void Leaving(string file, SimSegmentStore store)
    {
        if (JournalDump.SegmentOf(file) is not var (number, generation)
            || !store.List().Any(other => JournalDump.SegmentOf(other)?.Number > number))
        {
            return;
        }

        trace.Add("segment given up", file);
        _segments[number] = new Segment(number, generation, Durable(file).ToArray());
    }

    /// <summary>A bit of a frame that a later frame's mark covers turns over; false when there is no such
    /// frame.</summary>
    public bool Damage(SimRandom random)
    {
        if (disk.IsDamaged)
        {
            return false;
        }

        IReadOnlyList<LogFrame> frames = Dump(onlyLive: true, whole: false).Frames;
        ulong mark = frames.Count == 0 ? 0 : frames.Max(f => f.DurableEnd);
        LogFrame[] covered = [.. frames.Where(f => f.End <= mark)];
        if (covered.Length == 0)
        {
            return false;
        }

        LogFrame frame = random.Pick(covered);
        foreach (string path in disk.Disk.Files(Directory))
        {
            SimFile file = disk.Disk.Find(path)!;
            if (JournalDump.SegmentOf(path[(Directory.Length + 1)..]) is var (number, _)
                && number == frame.Position / (ulong)file.Length)
            {
                int start = (int)(frame.Position % (ulong)file.Length);
                disk.Flip(file, start + random.Below((int)(frame.End - frame.Position)));
                return true;
            }
        }

        return false;
    }

    /// <summary>The whole journal, as it would be read after the power went now.</summary>
    /// <param name="onlyLive">Leave out what retention has taken out.</param>
    /// <param name="whole">False: only where frames are.</param>
    public Log Dump(bool onlyLive = false, bool whole = true)
    {
        SortedDictionary<ulong, Segment> all = onlyLive ? [] : new(_segments);
        foreach (string path in disk.Disk.Files(Directory))
        {
            string file = path[(Directory.Length + 1)..];
            if (JournalDump.SegmentOf(file) is var (number, generation))
            {
                all[number] = new Segment(number, generation, Durable(file).ToArray());
            }
        }

        return JournalDump.Read(all.Values, whole);
    }

    private ReadOnlySpan<byte> Durable(string file) => disk.Disk.Find($"{Directory}/{file}")!.DurableContent;
}
