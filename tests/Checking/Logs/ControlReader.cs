using System.Text;
using System.Text.Json;

namespace Millrace.Checking.Logs;

/// <summary>Reads control records from their JSON.</summary>
public static class ControlReader
{
    /// <summary>Null: a kind that no invariant speaks of.</summary>
    public static ControlEvent? Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement record = document.RootElement;
        string? request = RequestOf(record);
        ControlEvent? control = ReadKind(record) ?? (request is null ? null : new OtherChange(Text(record, "$type")));
        return request is null ? control : control! with { Request = request };
    }

    private static ControlEvent? ReadKind(JsonElement record) =>
        Text(record, "$type") switch
        {
            "coordinator-started" => new CoordinatorBegan(U64(record, "incarnation")),
            "producer-opened" => new ProducerBegan(
                Text(record, "producerId"),
                U64(record, "number"),
                U64(record, "epoch"),
                record.GetProperty("reset").GetBoolean()),
            "topic-created" => new TopicMade(
                (uint)U64(record, "topic"),
                Text(record, "name"),
                [.. record.GetProperty("partitions").EnumerateArray().Select(p => p.GetUInt32())])
            {
                KeyGroups = IsByXxh64(record) ? record.GetProperty("keyGroupCount").GetInt32() : 0,
                KeepsKeys = KindOf(record) is not ("spread" or "rangeByTime"),
                SplitPoints = Member(record, "partitioning") is { } spec ? Keys(spec, "splitPoints") : null,
            },
            "partitions-replaced" => new PartitionsChanged(
                (uint)U64(record, "topic"),
                [.. record.GetProperty("sealed").EnumerateArray().Select(p => p.GetUInt32())],
                [.. record.GetProperty("opened").EnumerateArray().Select(Opened)]),
            "tasks-replaced" => new TasksChanged(
                [.. record.GetProperty("retired").EnumerateArray().Select(t => t.GetUInt64())],
                [.. record.GetProperty("tasks").EnumerateArray().Select(Task)]),
            "job-deployed" => new JobMade(
                Text(record, "name"),
                Text(record, "operator"),
                [.. record.GetProperty("tasks").EnumerateArray().Select(Task)]),
            "event-judged" => new EventPassed(
                U64(record, "task"),
                U64(record, "offset"),
                record.GetProperty("parkKey").GetBoolean() ? Key(record.GetProperty("letter")) : null),
            "key-released" => new KeyFreed(
                Key(record),
                [
                    .. record.GetProperty("from").EnumerateArray().Select(f => (U64(f, "task"), U64(f, "offset"))),
                ]),
            "task-assigned" => new TaskGiven(
                U64(record, "task"),
                U64(record, "epoch"),
                Text(record, "worker") is { Length: > 0 } worker
                    ? $"{worker}/{U64(record, "workerIncarnation")}"
                    : ""),
            "task-warming" => new TaskWarms(
                U64(record, "task"),
                U64(record, "epoch"),
                $"{Text(record, "worker")}/{U64(record, "workerIncarnation")}"),
            "warming-ended" => new TaskCools(U64(record, "task"), U64(record, "epoch")),
            "task-committed" => Commit(record),
            _ => null,
        };

    private static string? RequestOf(JsonElement record) =>
        record.TryGetProperty("request", out JsonElement request) && request.ValueKind == JsonValueKind.Object
            ? Text(request, "id")
            : null;

    private static string Key(JsonElement element) =>
        Encoding.UTF8.GetString(element.GetProperty("key").GetBytesFromBase64());

    private static TaskMade Task(JsonElement task) => new(
        U64(task, "task"), (uint)U64(task, "partition"), U64(task.GetProperty("start"), "nextOffset"));

    private static PartitionMade Opened(JsonElement opened)
    {
        JsonElement groups = opened.GetProperty("keyGroups");
        return new PartitionMade(
            (uint)U64(opened, "partition"),
            groups.GetProperty("first").GetInt32(),
            groups.GetProperty("end").GetInt32(),
            Member(opened, "share") is { } share ? Rule(share) : null);
    }

    private static KeyRule Rule(JsonElement share) => new(
        Member(share, "firstKey")?.GetBytesFromBase64(),
        Member(share, "endKey")?.GetBytesFromBase64(),
        U64(share, "firstHash"),
        U64(share, "endHash"),
        Keys(share, "only"),
        Keys(share, "except"));

    /// <summary>As topics are whose record does not say.</summary>
    private static bool IsByXxh64(JsonElement topic) =>
        KindOf(topic) == "hash"
        && (Member(topic, "partitioning") is not { } spec || Text(spec, "function") == "xxh64");

    private static string KindOf(JsonElement topic) =>
        Member(topic, "partitioning") is { } spec ? Text(spec, "kind") : "hash";

    /// <summary>Null: it is not there, or null.</summary>
    private static JsonElement? Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? member : null;

    private static byte[][]? Keys(JsonElement element, string name) =>
        Member(element, name) is { } keys ? [.. keys.EnumerateArray().Select(k => k.GetBytesFromBase64())] : null;

    private static TaskCommit Commit(JsonElement record)
    {
        JsonElement point = record.GetProperty("point");
        return new TaskCommit(
            U64(record, "task"),
            U64(record, "epoch"),
            U64(record, "commitId"),
            Text(point, "snapshotId"),
            U64(point, "position"),
            U64(point, "nextOffset"),
            U64(point, "hashSum"),
            [
                .. record.GetProperty("outputs").EnumerateArray()
                    .Select(o => ((uint)U64(o, "topic"), U64(o, "lastSequence"))),
            ]);
    }

    private static ulong U64(JsonElement element, string name) => element.GetProperty(name).GetUInt64();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}
