using System.Diagnostics;
using Millrace.Common.Files;

namespace Millrace.Benchmarks.Spine;

/// <summary>What one write and fdatasync of a typical frame costs on the data directory's disk, without
/// Millrace.</summary>
internal static class SyncCost
{
    private const int FrameBytes = 64 << 10;
    private const int Frames = 256;
    private const int Rounds = 3;

    public static Latencies Measure(string folder)
    {
        string path = Path.Combine(folder, "sync-cost");
        var latencies = new Latencies();
        byte[] frame = new byte[FrameBytes];
        new Random(1).NextBytes(frame);
        using (RawFile file = RawFile.OpenOrCreate(path))
        {
            // The first round writes the file for the first time, as nobody does on the hot path; it is not counted.
            for (int i = 0; i < Rounds * Frames; i++)
            {
                long start = Stopwatch.GetTimestamp();
                file.WriteAt((long)(i % Frames) * FrameBytes, frame);
                file.SyncData();
                if (i >= Frames)
                {
                    latencies.Add(Stopwatch.GetElapsedTime(start));
                }
            }
        }

        File.Delete(path);
        return latencies;
    }
}
