using System.Threading.Channels;
using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Coordinator.Loop;
using Millrace.Coordinator.Rpc;
using Millrace.Protocol.Query.V1;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Benchmarks.Ceiling;

/// <summary>The least that real workers need: a welcome, their half of the tasks, answered heartbeats, and one question
/// (is everything applied?).</summary>
internal sealed class RelaySessions(RelayLoop loop, IDispatch dispatch)
{
    public const int Workers = 2;
    private const uint NoCheckpoints = 3_600_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Channel<AnswerResponse>> _questions = [];
    private readonly Dictionary<ulong, TaskCompletionSource> _open = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ulong _sessions;
    private ulong _nextQuestion;

    /// <summary>The methods, to be combined with that of the data stream and mapped as one service.</summary>
    public ServerServiceDefinition Define() => ServerServiceDefinition.CreateBuilder()
        .AddMethod(
            WorkerProtocol.MethodOf<SessionRequest, SessionResponse>(MethodType.DuplexStreaming, "Session"),
            SessionAsync)
        .AddMethod(
            WorkerProtocol.MethodOf<AnswerRequest, AnswerResponse>(MethodType.DuplexStreaming, "Answer"),
            AnswerAsync)
        .Build();

    /// <summary>Returns when every task has applied everything up to the position.</summary>
    public async Task AppliedAsync(ulong position, CancellationToken cancellation)
    {
        await _ready.Task.WaitAsync(cancellation);
        var waits = new List<Task>();
        lock (_gate)
        {
            for (uint task = 1; task <= RelayLoop.Partitions; task++)
            {
                ulong id = ++_nextQuestion;
                var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _open[id] = done;
                waits.Add(done.Task);
                _questions[SessionOf(task)].Writer.TryWrite(new AnswerResponse
                {
                    QuestionId = id,
                    TaskId = task,
                    Epoch = 1,
                    MinPosition = position,
                    Top = new TopQuestion { Limit = 1 },
                });
            }
        }

        await Task.WhenAll(waits).WaitAsync(cancellation);
    }

    private async Task SessionAsync(
        IAsyncStreamReader<SessionRequest> requestStream,
        IServerStreamWriter<SessionResponse> responseStream,
        ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            SessionRequest request = requestStream.Current;
            if (request.MessageCase == SessionRequest.MessageOneofCase.Hello)
            {
                await WelcomeAsync(responseStream, Interlocked.Increment(ref _sessions));
            }
            else if (request.MessageCase == SessionRequest.MessageOneofCase.Heartbeat)
            {
                await responseStream.WriteAsync(new SessionResponse
                {
                    HeartbeatAck = new HeartbeatAck { Sequence = request.Heartbeat.Sequence },
                });
            }
        }
    }

    private async Task AnswerAsync(
        IAsyncStreamReader<AnswerRequest> requestStream,
        IServerStreamWriter<AnswerResponse> responseStream,
        ServerCallContext context)
    {
        await requestStream.MoveNext(context.CancellationToken);
        Channel<AnswerResponse> questions = Channel.CreateBounded<AnswerResponse>(1024);
        lock (_gate)
        {
            _questions[requestStream.Current.Open.SessionId] = questions;
            if (_questions.Count == Workers)
            {
                _ready.TrySetResult();
            }
        }

        Task writing = WriteAsync(questions, responseStream, context.CancellationToken);
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            TaskAnswer answer = requestStream.Current.Answer;
            lock (_gate)
            {
                if (_open.Remove(answer.QuestionId, out TaskCompletionSource? done))
                {
                    Complete(done, answer);
                }
            }
        }

        await writing;
    }

    /// <summary>A refusal fails the measurement: events that were not applied must not count.</summary>
    private static void Complete(TaskCompletionSource done, TaskAnswer answer)
    {
        if (answer.Error.Length == 0)
        {
            done.TrySetResult();
        }
        else
        {
            done.TrySetException(
                new InvalidOperationException($"Task {answer.TaskId} did not answer: {answer.Error}."));
        }
    }

    private static async Task WriteAsync(
        Channel<AnswerResponse> questions, IServerStreamWriter<AnswerResponse> stream, CancellationToken cancellation)
    {
        await foreach (AnswerResponse question in questions.Reader.ReadAllAsync(cancellation))
        {
            await stream.WriteAsync(question, cancellation);
        }
    }

    private static ulong SessionOf(uint task) => (task % Workers) + 1;

    private async Task WelcomeAsync(IServerStreamWriter<SessionResponse> stream, ulong session)
    {
        await stream.WriteAsync(new SessionResponse
        {
            Welcome = new Welcome
            {
                CoordinatorIncarnation = 1,
                SessionId = session,
                LeaseMs = 60_000,
                HeartbeatIntervalMs = 250,
                CheckpointIntervalMs = NoCheckpoints,
            },
        });
        for (uint task = 1; task <= RelayLoop.Partitions; task++)
        {
            if (SessionOf(task) == session)
            {
                dispatch.Grant(session, new TaskId(task), new Epoch(1), loop.Ids[(int)task - 1]);
                await stream.WriteAsync(new SessionResponse { Assign = AssignmentOf(task) });
            }
        }
    }

    private static Assign AssignmentOf(uint task)
    {
        uint index = task - 1;
        return new Assign
        {
            TaskId = task,
            Epoch = 1,
            Job = "bench",
            Stage = "main",
            Topic = RelayLoop.Topic,
            PartitionIndex = index,
            Operator = "count",
            FirstKeyGroup = index * 4096 / RelayLoop.Partitions,
            EndKeyGroup = (index + 1) * 4096 / RelayLoop.Partitions,
            KeyGroupCount = 4096,
            Restore = new Protocol.Worker.V1.RestorePoint(),
        };
    }
}

/// <summary>Answers the one query that the measurement makes: it returns once all is applied.</summary>
internal sealed class RelayQueries(RelaySessions sessions) : QueryService.QueryServiceBase
{
    public override async Task<TopKResponse> TopK(TopKRequest request, ServerCallContext context)
    {
        await sessions.AppliedAsync(request.MinPosition, context.CancellationToken);
        return new TopKResponse();
    }
}
