using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Core.Views;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>A topic's partitioning as the admin service's message and back. Enumerations of both have the same
/// numbers.</summary>
internal static class PartitioningMessages
{
    private const int DefaultLive = 2;
    private const string Field = "topic.partitioning";

    /// <returns>Null: not said. Else well-formed; what it says is the core's to judge.</returns>
    /// <exception cref="RefusalException">A kind or function that this build does not know.</exception>
    public static PartitioningSpec? Read(Proto.Partitioning? asked)
    {
        switch (asked?.KindCase)
        {
            case null:
                return null;
            case Proto.Partitioning.KindOneofCase.Hash:
                return new(
                    PartitioningKind.Hash,
                    (KeyFunction)Known((int)asked.Hash.Function, (int)KeyFunction.Modulo, "hash.function"));
            case Proto.Partitioning.KindOneofCase.RangeByTime:
                return new(PartitioningKind.RangeByTime, Time: ReadTime(asked.RangeByTime));
            case Proto.Partitioning.KindOneofCase.RangeByKey:
                return new(
                    PartitioningKind.RangeByKey,
                    SplitPoints: [.. asked.RangeByKey.SplitPoints.Select(p => p.ToByteArray())]);
            case Proto.Partitioning.KindOneofCase.Key:
                return new(PartitioningKind.Key, Directory: ReadDirectory(asked.Key));
            case Proto.Partitioning.KindOneofCase.Spread:
                return new(PartitioningKind.Spread, Spread: ReadSpread(asked.Spread));
            default:
                throw new RefusalException(Refusal.BadField(
                    Field,
                    "partitioning names no kind that this coordinator knows; say hash, range_by_time, range_by_key, "
                    + "key or spread."));
        }
    }

    public static Proto.Partitioning Write(TopicView topic) =>
        topic.Partitioner is TimeRangePartitioner ranges
            ? new() { RangeByTime = WriteTime(ranges) }
            : Write(topic.Partitioner.Spec, topic.Directory);

    /// <summary>A partition, with the range of time that it holds, if it does.</summary>
    public static Proto.Partition WithRange(PartitionView partition, TopicView topic)
    {
        Proto.Partition message = partition.ToProto(topic.Name);
        if (topic.Partitioner is TimeRangePartitioner ranges && ranges.RangeIn(partition.Index) is { } range)
        {
            message.RangeStartTime = Time(ranges.StartOf(range));
            message.RangeEndTime = Time(ranges.StartOf(range + 1));
        }

        return message;
    }

    private static Proto.Partitioning Write(PartitioningSpec spec, DirectoryView? directory) => spec.Kind switch
    {
        PartitioningKind.Key => new() { Key = WriteDirectory(spec.Directory!, directory) },
        PartitioningKind.RangeByKey => new()
        {
            RangeByKey = new() { SplitPoints = { spec.SplitPoints!.Select(p => ByteString.CopyFrom(p)) } },
        },
        PartitioningKind.Spread => new()
        {
            Spread = new()
            {
                Policy = (Proto.SpreadPolicy)spec.Spread!.Policy,
                Weights = { spec.Spread.Weights?.Select(w => (uint)w) ?? [] },
            },
        },
        _ => new() { Hash = new() { Function = (Proto.HashFunction)spec.Function } },
    };

    private static TimeRangeSpec ReadTime(Proto.RangeByTimePartitioning asked) => new(
        Milliseconds(asked.Range),
        Milliseconds(asked.Origin),
        asked.Live == 0 ? DefaultLive : ToInt(asked.Live),
        ToInt(asked.Ahead),
        ToInt(asked.Kept));

    private static Proto.RangeByTimePartitioning WriteTime(TimeRangePartitioner ranges)
    {
        TimeRangeSpec spec = ranges.Spec.Time!;
        return new()
        {
            Range = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(spec.RangeMs)),
            Origin = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(spec.OriginMs)),
            Live = (uint)spec.Live,
            Ahead = (uint)spec.Ahead,
            Kept = (uint)spec.Kept,
            FirstLiveTime = Time(ranges.StartOf(ranges.FirstLive)),
        };
    }

    /// <summary>Whole milliseconds; 0 when it is not said, -1 when it cannot be one.</summary>
    private static long Milliseconds(Duration? duration) => duration switch
    {
        null => 0,
        { Seconds: >= 0 and < long.MaxValue / 1_000, Nanos: >= 0 and < 1_000_000_000 } =>
            (duration.Seconds * 1_000) + (duration.Nanos / 1_000_000),
        _ => -1,
    };

    private static Timestamp Time(long unixMs) =>
        Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(unixMs));

    private static DirectorySpec ReadDirectory(Proto.KeyPartitioning asked) => new(
        ToInt(asked.MaxKeys),
        asked.Declared.Count == 0
            ? null
            : [.. asked.Declared.Select(d => new DeclaredKey(d.Key.ToByteArray(), ToInt(d.PartitionIndex)))]);

    private static Proto.KeyPartitioning WriteDirectory(DirectorySpec spec, DirectoryView? directory) => new()
    {
        MaxKeys = (uint)spec.MaxKeys,
        Declared =
        {
            spec.Declared?.Select(d => new Proto.DeclaredKey
            {
                Key = ByteString.CopyFrom(d.Key),
                PartitionIndex = (uint)d.Partition,
            }) ?? [],
        },
        KeyCount = (uint)(directory?.KeyCount ?? 0),
        Closed = directory?.IsClosed ?? false,
    };

    private static int ToInt(uint value) => (int)Math.Min(value, int.MaxValue);

    private static SpreadSpec ReadSpread(Proto.SpreadPartitioning asked) => new(
        (SpreadPolicy)Known((int)asked.Policy, (int)SpreadPolicy.LeastLoaded, "spread.policy"),
        asked.Weights.Count == 0 ? null : [.. asked.Weights.Select(ToInt)]);

    /// <summary>An enumeration's number; its first value when it is not said.</summary>
    private static int Known(int value, int last, string field) =>
        value >= 0 && value <= last
            ? Math.Max(1, value)
            : throw new RefusalException(Refusal.BadField(
                $"{Field}.{field}", $"{field} {value} is not one that this coordinator knows."));
}
