using Google.Protobuf;
using Grpc.Core;
using Millrace.Common.Keys;
using Millrace.Common.Model;
using Millrace.Protocol.Ingest.V1;
using Millrace.Protocol.Query.V1;
using Millrace.Protocol.Type.V1;
using Millrace.Protocol.Worker.V1;
using Admin = Millrace.Protocol.Admin.V1;

namespace Millrace.Coordinator.Tests.Hosting;

/// <summary>A worker played by the test goes through a task's whole life with a real coordinator.</summary>
public sealed class WorkerJourneyTests
{
    private string _directory = "";
    private RunningCoordinator _coordinator = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("millrace-test-").FullName;
        _coordinator = await RunningCoordinator.StartAsync(_directory);
        await _coordinator.Topics.CreateTopicAsync(new()
        {
            TopicId = "words",
            Topic = new() { PartitionCount = 1, KeyGroupCount = 8 },
        });
        await _coordinator.Jobs.DeployJobAsync(new()
        {
            JobId = "counts",
            Spec = new() { Operator = "count", SourceTopics = { "topics/words" } },
        });
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _coordinator.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public async Task Worker_FromHelloToCommit_OwnsReadsAnswersAndCommits()
    {
        using AsyncDuplexStreamingCall<SessionRequest, SessionResponse> session = _coordinator.Protocol.Session();
        (ulong number, Assign assign) = await JoinAsync(session, "w-1");
        ulong position = await PublishAsync("a", "b", "a");
        Block block = await FetchAsync(number, assign);
        SnapshotManifest manifest = await StoreAsync(assign, block, "state");
        var commit = new Commit
        {
            CommitId = 1,
            TaskId = assign.TaskId,
            Epoch = assign.Epoch,
            Position = block.Position,
            NextOffset = block.FirstOffset + block.EventCount,
            HashSum = SumOf(block),
            SnapshotId = manifest.SnapshotId,
        };
        await session.RequestStream.WriteAsync(new() { Commit = commit });
        CommitResult result = (await NextAsync(session, SessionResponse.MessageOneofCase.CommitResult)).CommitResult;

        Assert.Multiple(() =>
        {
            Assert.That(block.EventCount, Is.EqualTo(3));
            Assert.That(block.Position, Is.LessThanOrEqualTo(position));
            Assert.That((result.Accepted, result.Reason), Is.EqualTo((true, "")));
        });
        Admin.Assignment shown = (await _coordinator.Assignments.GetAssignmentAsync(
            new() { Name = "jobs/counts/assignments/count-0" })).Assignment;
        Assert.That((shown.Worker, shown.CommittedOffset), Is.EqualTo(("workers/w-1", 3UL)));
        Assert.That(await AnswerAsync(number, block.Position, position), Is.EqualTo((2UL, true)));

        using AsyncServerStreamingCall<GetSnapshotResponse> download = _coordinator.Protocol.GetSnapshot(
            new() { SnapshotId = manifest.SnapshotId });
        Assert.That(await ContentAsync(download), Is.EqualTo("state"));
    }

    [Test]
    public async Task Commit_OfASumThatIsNotTheJournals_IsRefused()
    {
        using AsyncDuplexStreamingCall<SessionRequest, SessionResponse> session = _coordinator.Protocol.Session();
        (ulong number, Assign assign) = await JoinAsync(session, "w-1");
        await PublishAsync("a", "b", "a");
        Block block = await FetchAsync(number, assign);
        SnapshotManifest manifest = await StoreAsync(assign, block, "state");
        await session.RequestStream.WriteAsync(new()
        {
            Commit = new()
            {
                CommitId = 1,
                TaskId = assign.TaskId,
                Epoch = assign.Epoch,
                Position = block.Position,
                NextOffset = 3,
                HashSum = SumOf(block) + 1,
                SnapshotId = manifest.SnapshotId,
            },
        });

        CommitResult result = (await NextAsync(session, SessionResponse.MessageOneofCase.CommitResult)).CommitResult;

        Assert.That((result.Accepted, result.Reason), Is.EqualTo((false, "AUDIT_MISMATCH")));
    }

    [Test]
    public async Task Commit_AfterARestartOfTheCoordinator_IsJudgedFromTheJournalItself()
    {
        Assign assign;
        Block block;
        SnapshotManifest manifest;
        using (AsyncDuplexStreamingCall<SessionRequest, SessionResponse> session = _coordinator.Protocol.Session())
        {
            (ulong number, assign) = await JoinAsync(session, "w-1");
            await PublishAsync("a", "b", "a");
            block = await FetchAsync(number, assign);
            manifest = await StoreAsync(assign, block, "state");
            await _coordinator.DisposeAsync();
        }

        _coordinator = await RunningCoordinator.StartAsync(_directory);
        using AsyncDuplexStreamingCall<SessionRequest, SessionResponse> again = _coordinator.Protocol.Session();
        (_, Assign confirmed) = await JoinAsync(again, "w-1", new HeldTask
        {
            TaskId = assign.TaskId,
            Epoch = assign.Epoch,
            Position = block.Position,
        });
        await again.RequestStream.WriteAsync(new()
        {
            Commit = new()
            {
                CommitId = 9,
                TaskId = assign.TaskId,
                Epoch = assign.Epoch,
                Position = block.Position,
                NextOffset = 3,
                HashSum = SumOf(block),
                SnapshotId = manifest.SnapshotId,
            },
        });
        CommitResult result = (await NextAsync(again, SessionResponse.MessageOneofCase.CommitResult)).CommitResult;

        Assert.Multiple(() =>
        {
            Assert.That((confirmed.Epoch, confirmed.Confirmed), Is.EqualTo((assign.Epoch, true)));
            Assert.That((result.Accepted, result.Reason), Is.EqualTo((true, "")));
        });
    }

    private static async Task<(ulong Session, Assign Assign)> JoinAsync(
        AsyncDuplexStreamingCall<SessionRequest, SessionResponse> session, string name, params HeldTask[] held)
    {
        await session.RequestStream.WriteAsync(new()
        {
            Hello = new()
            {
                Worker = name,
                Incarnation = 1,
                ProtocolVersion = 1,
                Sdk = "test",
                Operators = { "count" },
                Held = { held },
            },
        });
        Welcome welcome = (await NextAsync(session, SessionResponse.MessageOneofCase.Welcome)).Welcome;
        Assign assign = (await NextAsync(session, SessionResponse.MessageOneofCase.Assign)).Assign;
        return (welcome.SessionId, assign);
    }

    private static async Task<SessionResponse> NextAsync(
        AsyncDuplexStreamingCall<SessionRequest, SessionResponse> session, SessionResponse.MessageOneofCase kind)
    {
        while (await session.ResponseStream.MoveNext(default))
        {
            if (session.ResponseStream.Current.MessageCase == kind)
            {
                return session.ResponseStream.Current;
            }
        }

        throw new AssertionException($"The stream ended before a {kind} came.");
    }

    /// <summary>Returns a position at which the events can be seen.</summary>
    private async Task<ulong> PublishAsync(params string[] keys)
    {
        OpenProducerResponse producer = await _coordinator.Ingest.OpenProducerAsync(new() { ProducerId = "p" });
        PublishBatchResponse answer = await _coordinator.Ingest.PublishBatchAsync(new()
        {
            ProducerId = "p",
            ProducerEpoch = producer.ProducerEpoch,
            Topic = "words",
            FirstSequence = 1,
            Events = { keys.Select(key => new Event { Key = ByteString.CopyFromUtf8(key) }) },
        });
        return answer.Position;
    }

    private async Task<Block> FetchAsync(ulong session, Assign assign)
    {
        using AsyncDuplexStreamingCall<FetchRequest, FetchResponse> fetch = _coordinator.Protocol.Fetch();
        await fetch.RequestStream.WriteAsync(new()
        {
            Open = new() { Worker = "w-1", Incarnation = 1, SessionId = session },
        });
        await fetch.RequestStream.WriteAsync(new()
        {
            Subscribe = new()
            {
                TaskId = assign.TaskId,
                Epoch = assign.Epoch,
                Position = assign.Restore.Position,
                NextOffset = assign.Restore.NextOffset,
                CreditBytes = 1 << 20,
            },
        });
        while (await fetch.ResponseStream.MoveNext(default))
        {
            if (fetch.ResponseStream.Current.Blocks.FirstOrDefault(b => b.EventCount > 0) is { } block)
            {
                return block;
            }
        }

        throw new AssertionException("The data stream ended before a block came.");
    }

    private async Task<SnapshotManifest> StoreAsync(Assign assign, Block block, string content)
    {
        ByteString bytes = ByteString.CopyFromUtf8(content);
        ulong hash = XxHash64.Hash(bytes.Span);
        var name = new SnapshotName(new TaskId(assign.TaskId), new Epoch(assign.Epoch), block.Position, hash);
        var manifest = new SnapshotManifest
        {
            SnapshotId = name.ToString(),
            TaskId = assign.TaskId,
            Epoch = assign.Epoch,
            Position = block.Position,
            NextOffset = block.FirstOffset + block.EventCount,
            SizeBytes = (ulong)bytes.Length,
            ContentHash = hash,
            FormatVersion = 1,
        };
        using AsyncClientStreamingCall<PutSnapshotRequest, PutSnapshotResponse> upload =
            _coordinator.Protocol.PutSnapshot();
        await upload.RequestStream.WriteAsync(new() { Manifest = manifest });
        await upload.RequestStream.WriteAsync(new() { Chunk = bytes });
        await upload.RequestStream.CompleteAsync();
        Assert.That((await upload).SnapshotId, Is.EqualTo(manifest.SnapshotId));
        return manifest;
    }

    /// <summary>Asks for a key while the test answers as the worker; checks that the answer covers the ack.</summary>
    private async Task<(ulong Count, bool Covers)> AnswerAsync(ulong session, ulong applied, ulong position)
    {
        using AsyncDuplexStreamingCall<AnswerRequest, AnswerResponse> answers = _coordinator.Protocol.Answer();
        await answers.RequestStream.WriteAsync(new()
        {
            Open = new() { Worker = "w-1", Incarnation = 1, SessionId = session },
        });
        ByteString key = ByteString.CopyFromUtf8("a");
        Task<GetResponse> query = _coordinator.Queries.GetAsync(
            new() { Job = "counts", Key = key, MinPosition = position }).ResponseAsync;
        Assert.That(await answers.ResponseStream.MoveNext(default), Is.True);
        AnswerResponse question = answers.ResponseStream.Current;
        await answers.RequestStream.WriteAsync(new()
        {
            Answer = new()
            {
                QuestionId = question.QuestionId,
                TaskId = question.TaskId,
                Epoch = question.Epoch,
                Position = applied,
                Entries = { new KeyCount { Key = key, Count = 2 } },
            },
        });
        GetResponse answer = await query;
        return (answer.Count, answer.Position >= position);
    }

    private static async Task<string> ContentAsync(AsyncServerStreamingCall<GetSnapshotResponse> download)
    {
        var content = new MemoryStream();
        await foreach (GetSnapshotResponse part in download.ResponseStream.ReadAllAsync())
        {
            part.Chunk.WriteTo(content);
        }

        return System.Text.Encoding.UTF8.GetString(content.ToArray());
    }

    private static ulong SumOf(Block block)
    {
        ulong sum = 0;
        foreach (Event stored in block.Events)
        {
            var whole = new Block { Events = { stored } };
            sum += XxHash64.Hash(whole.ToByteArray());
        }

        return sum;
    }
}
