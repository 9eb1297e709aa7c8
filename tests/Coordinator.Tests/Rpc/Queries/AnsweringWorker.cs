using Grpc.Core;
using Millrace.Coordinator.Rpc.Sessions;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Tests.Rpc.Queries;

/// <summary>A worker that has an open session and answers questions as the test says, over a real answer
/// stream.</summary>
internal sealed class AnsweringWorker : IAsyncDisposable
{
    private readonly AsyncDuplexStreamingCall<AnswerRequest, AnswerResponse> _call;
    private readonly Func<AnswerResponse, TaskAnswer?> _answer;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _running;

    private AnsweringWorker(RpcServer server, OpenSession session, Func<AnswerResponse, TaskAnswer?> answer)
    {
        Session = session;
        _answer = answer;
        _call = new WorkerProtocolService.WorkerProtocolServiceClient(server.Channel).Answer(
            cancellationToken: _over.Token);
        _running = RunAsync();
    }

    public OpenSession Session { get; }

    public List<AnswerResponse> Asked { get; } = [];

    /// <param name="answer">Null: stays silent.</param>
    public static async Task<AnsweringWorker> StartAsync(
        RpcServer server, string name, Func<AnswerResponse, TaskAnswer?> answer)
    {
        var worker = new AnsweringWorker(server, server.Sessions.Add(name, 11), answer);
        await worker._call.RequestStream.WriteAsync(new()
        {
            Open = new() { Worker = name, Incarnation = 11, SessionId = worker.Session.Number },
        });
        while (await server.Answers.AskAsync(worker.Session.Number, new AnswerResponse(), default) is null)
        {
            // The coordinator has not seen the open yet.
            await Task.Yield();
        }

        return worker;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _running;
        _call.Dispose();
        _over.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (AnswerResponse question in _call.ResponseStream.ReadAllAsync())
            {
                if (question.QuestionCase == AnswerResponse.QuestionOneofCase.None)
                {
                    await _call.RequestStream.WriteAsync(new() { Answer = new() { QuestionId = question.QuestionId } });
                    continue;
                }

                Asked.Add(question);
                if (_answer(question) is { } answer)
                {
                    answer.QuestionId = question.QuestionId;
                    answer.TaskId = question.TaskId;
                    answer.Epoch = answer.Epoch == 0 ? question.Epoch : answer.Epoch;
                    await _call.RequestStream.WriteAsync(new() { Answer = answer });
                }
            }
        }
        catch (RpcException)
        {
            // The test is over.
        }
    }
}
