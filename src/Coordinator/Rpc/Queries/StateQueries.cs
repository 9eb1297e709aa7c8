using Google.Protobuf;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Jobs;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Rpc.Paging;
using Proto = Millrace.Protocol.Query.V1;
using Worker = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Queries;

/// <summary>Reads the state of running jobs.</summary>
internal sealed class StateQueries(JobQuestions questions) : Proto.QueryService.QueryServiceBase
{
    private const int DefaultTop = 10;

    public override async Task<Proto.GetResponse> Get(Proto.GetRequest request, ServerCallContext context)
    {
        CheckJob(request.Job);
        CheckKey(request.Key);
        IReadOnlyList<TaskReply> replies = await questions.AskAsync(
            request.Job,
            job => job.TasksOf(request.Key.Span),
            () => new() { Get = new() { Key = request.Key } },
            request.MinPosition,
            context.CancellationToken);
        Worker.KeyCount[] found = [.. replies.SelectMany(r => r.Answer.Entries).Where(e => e.Key == request.Key)];
        ulong count = 0;
        foreach (Worker.KeyCount entry in found)
        {
            count += entry.Count;
        }

        return new() { Found = found.Length > 0, Count = count, Position = replies.Min(r => r.Position) };
    }

    public override async Task<Proto.ScanResponse> Scan(Proto.ScanRequest request, ServerCallContext context)
    {
        CheckJob(request.Job);
        int size = Pages.SizeOf(request.PageSize, Pages.DefaultSize);
        string bound = $"Scan {request.Job} {Convert.ToHexString(request.Prefix.Span)}";
        ByteString after = ByteString.CopyFrom(PageToken.Decode(bound, request.PageToken) ?? []);
        IReadOnlyList<TaskReply> replies = await questions.AskAsync(
            request.Job,
            job => job.Tasks,
            () => new() { Scan = new() { AfterKey = after, Prefix = request.Prefix, Limit = (uint)size } },
            request.MinPosition,
            context.CancellationToken);
        List<Worker.KeyCount> entries = Merge.FirstKeys(
            [.. replies.Select(r => r.Answer.Entries)], size, out bool more);
        return new()
        {
            Entries = { entries.Select(ToEntry) },
            Positions = { replies.Select(ToPosition) },
            NextPageToken = more && entries.Count > 0 ? PageToken.Encode(bound, entries[^1].Key.Span) : "",
        };
    }

    public override async Task<Proto.TopKResponse> TopK(Proto.TopKRequest request, ServerCallContext context)
    {
        CheckJob(request.Job);
        int size = Pages.SizeOf(request.Limit, DefaultTop);
        IReadOnlyList<TaskReply> replies = await questions.AskAsync(
            request.Job,
            job => job.Topic.Partitioner.KeepsKeysTogether
                ? job.Tasks
                : throw new RefusalException(TopNeedsKeys(job)),
            () => new() { Top = new() { Limit = (uint)size } },
            request.MinPosition,
            context.CancellationToken);
        ulong keys = 0;
        foreach (TaskReply reply in replies)
        {
            keys += reply.Answer.KeyCount;
        }

        return new()
        {
            Entries = { Merge.Largest([.. replies.Select(r => r.Answer.Entries)], size).Select(ToEntry) },
            Positions = { replies.Select(ToPosition) },
            KeyCount = keys,
        };
    }

    private static Refusal TopNeedsKeys(LocatedJob job) => new(
        RefusalKind.FailedPrecondition,
        "KEYS_NOT_TOGETHER",
        $"Topic {job.Topic.Name} may hold events of one key in several partitions, so the largest counts do not follow "
        + "from each partition's largest; use Get or Scan, which add them up.")
    {
        Metadata = new Dictionary<string, string> { ["job"] = job.Name, ["topic"] = job.Topic.Name },
    };

    private static void CheckJob(string job)
    {
        if (Names.Check(job, "job") is { } refusal)
        {
            throw new RefusalException(refusal);
        }
    }

    private static void CheckKey(ByteString key)
    {
        if (key.IsEmpty)
        {
            throw new RefusalException(Refusal.BadField("key", "Say which key.", "KEY_REQUIRED"));
        }

        if (key.Length > PartitioningCheck.MaxKeyBytes)
        {
            throw new RefusalException(Refusal.BadField(
                "key",
                $"A key has at most {PartitioningCheck.MaxKeyBytes} bytes; this one has {key.Length}.",
                "KEY_TOO_LARGE"));
        }
    }

    private static Proto.Entry ToEntry(Worker.KeyCount entry) => new() { Key = entry.Key, Count = entry.Count };

    private static Proto.TaskPosition ToPosition(TaskReply reply) =>
        new() { Assignment = reply.Assignment, Position = reply.Position };
}
