using Google.Protobuf;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Topics.Partitioning;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Core.DeadLetters;
using Millrace.Coordinator.Core.Operations;
using Millrace.Coordinator.Core.Views;
using Millrace.Coordinator.Ingest;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc.Paging;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Type.V1;
using Proto = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Rpc.Admin;

/// <summary>Events that jobs could not apply.</summary>
internal sealed class DeadLetterAdmin(IControlLoop loop, ViewReader views, IngestHandlers ingest)
    : Proto.DeadLetterService.DeadLetterServiceBase
{
    public override async Task<Proto.ListDeadLettersResponse> ListDeadLetters(
        Proto.ListDeadLettersRequest request, ServerCallContext context)
    {
        string job = ResourceNames.ParseOptional("jobs", request.Parent, "parent");
        KeptLetters letters = await loop.AskAsync<KeptLetters>(
            call => new InspectDeadLetters(call, job), context.CancellationToken);
        Page<KeptLetter> page = Pages.Cut(
            letters.All,
            kept => $"{kept.Letter.Number:D20}",
            request.PageSize,
            request.PageToken,
            $"ListDeadLetters {job}");
        return new()
        {
            DeadLetters = { page.Rows.Select(ToProto) },
            NextPageToken = page.NextToken,
            TotalSize = page.TotalSize,
        };
    }

    public override async Task<Proto.GetDeadLetterResponse> GetDeadLetter(
        Proto.GetDeadLetterRequest request, ServerCallContext context)
    {
        ulong number = ResourceNames.ParseDeadLetter(request.Name, "name");
        KeptLetter kept = await loop.AskAsync<KeptLetter>(
            call => new InspectDeadLetter(call, number), context.CancellationToken);
        Event stored = PublishBatchRequest.Parser.ParseFrom(kept.Letter.Entry).Events[0];
        return new() { DeadLetter = ToProto(kept), Value = stored.Value, EventTimeMs = stored.EventTimeMs };
    }

    /// <summary>Three steps, each of which may be repeated: the key is released, the event is published by a producer
    /// that has only this one event to say, the letter is closed. Whoever repeats them after a crash stores nothing a
    /// second time.</summary>
    public override async Task<Proto.RetryDeadLetterResponse> RetryDeadLetter(
        Proto.RetryDeadLetterRequest request, ServerCallContext context)
    {
        CancellationToken cancellation = context.CancellationToken;
        ulong number = ResourceNames.ParseDeadLetter(request.Name, "name");
        Request? id = RequestIds.Read(request.RequestId, $"RetryDeadLetter {number}");
        RetryStep step = await loop.AskAsync<RetryStep>(call => new BeginRetry(call, number, id), cancellation);
        if (step.Letter is not { } kept)
        {
            return new();
        }

        string producer = kept.Letter.ProducerId();
        OpenedProducer opened = await loop.AskAsync<OpenedProducer>(
            call => new OpenProducer(call, producer, false), cancellation);
        var header = new PublishBatchRequest
        {
            ProducerId = producer,
            ProducerEpoch = opened.Epoch,
            Topic = kept.Topic,
            FirstSequence = 1,
        };
        PublishBatchResponse stored = await ingest.PublishAsync(
            (byte[])[.. header.ToByteArray(), .. kept.Letter.Entry], cancellation);
        await loop.AskAsync<Changed>(
            call => new CloseDeadLetter(call, number, DeadLetterEnd.Retried, id), cancellation);
        return new() { Position = stored.Position };
    }

    public override async Task<Proto.DiscardDeadLetterResponse> DiscardDeadLetter(
        Proto.DiscardDeadLetterRequest request, ServerCallContext context)
    {
        ulong number = ResourceNames.ParseDeadLetter(request.Name, "name");
        Request? id = RequestIds.Read(request.RequestId, $"DiscardDeadLetter {number}");
        await loop.AskAsync<Changed>(
            call => new CloseDeadLetter(call, number, DeadLetterEnd.Discarded, id), context.CancellationToken);
        return new();
    }

    public override async Task<Proto.ReleaseKeyResponse> ReleaseKey(
        Proto.ReleaseKeyRequest request, ServerCallContext context)
    {
        string job = ResourceNames.Parse("jobs", request.Job, "job");
        if (request.Key.Length > PartitioningCheck.MaxKeyBytes)
        {
            throw new RefusalException(
                Refusal.BadField("key", $"A key has at most {PartitioningCheck.MaxKeyBytes} bytes."));
        }

        Request? id = RequestIds.Read(request.RequestId, $"ReleaseKey {job} {request.Key.ToBase64()}");
        await loop.AskAsync<Changed>(
            call => new ReleaseKey(call, job, request.Key.ToByteArray(), id), context.CancellationToken);
        return new();
    }

    public override async Task<Proto.SetBadEventPolicyResponse> SetBadEventPolicy(
        Proto.SetBadEventPolicyRequest request, ServerCallContext context)
    {
        string job = ResourceNames.Parse("jobs", request.Job, "job");
        BadEventRule rule = BadEventRules.Read(request.BadEventPolicy, request.ParkKeys, "")
            ?? throw new RefusalException(Refusal.BadField(
                "bad_event_policy", "Say what is to become of bad events: fail, skip or quarantine."));
        Request? id = RequestIds.Read(
            request.RequestId, $"SetBadEventPolicy {job} {rule} {request.ValidateOnly}");
        await loop.AskAsync<Changed>(
            call => new SetBadEventRule(call, job, rule, id, request.ValidateOnly), context.CancellationToken);
        ClusterView view = await views.ReadAsync(context.CancellationToken);
        return new() { Job = view.Jobs.First(j => j.Name == job).ToProto() };
    }

    private static Proto.DeadLetter ToProto(KeptLetter kept) => new()
    {
        Name = ResourceNames.DeadLetter(kept.Letter.Number),
        Job = ResourceNames.Job(kept.Job),
        Topic = ResourceNames.Topic(kept.Topic),
        PartitionIndex = (uint)kept.PartitionIndex,
        Offset = kept.Letter.Offset,
        Reason = kept.Letter.Reason,
        Key = ByteString.CopyFrom(kept.Letter.Key),
        SizeBytes = (uint)kept.Letter.Entry.Length,
        CreateTime = AdminMessages.Time(kept.Letter.UnixMs),
        KeyIsParked = kept.KeyIsParked,
    };
}
