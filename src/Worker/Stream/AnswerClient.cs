using Grpc.Core;
using Microsoft.Extensions.Logging;
using Millrace.Common.Model;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Control;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Logs;
using Millrace.Worker.Run;

namespace Millrace.Worker.Stream;

/// <summary>Takes questions from the coordinator, hands them to the tasks' run loops and sends the answers.</summary>
internal sealed class AnswerClient(WorkerClock clock, ILogger logger) : ISessionStream
{
    /// <summary>More entries than this are not given at once; with the longest keys they fit one message.</summary>
    private const int MaxEntries = 1_000;

    /// <summary>Answers that wait to be sent; beyond that they are dropped and the coordinator asks again.</summary>
    private const int MaxQueued = 4_096;

    /// <summary>How long a question may wait for a position.</summary>
    private static readonly TimeSpan _maxWait = TimeSpan.FromSeconds(2);

    private readonly ReconnectDelay _delay = new(new Random());
    private RunLoops? _loops;

    /// <summary>Says where questions go. Before the first session.</summary>
    public void Connect(RunLoops loops) => _loops = loops;

    public async Task RunAsync(OpenSession session, CancellationToken cancellation)
    {
        _delay.Reset();
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(session, cancellation).ConfigureAwait(false);
            }
            catch (Exception error) when (error is RpcException or IOException or OperationCanceledException
                or InvalidOperationException)
            {
                if (!cancellation.IsCancellationRequested)
                {
                    logger.StreamBroken("answer", error.Message);
                }
            }

            await Task.Delay(_delay.Next(), clock.Time, cancellation)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunOnceAsync(OpenSession session, CancellationToken cancellation)
    {
        using AsyncDuplexStreamingCall<AnswerRequest, AnswerResponse> call =
            session.Connections.Bulk.Answer(cancellationToken: cancellation);
        var answers = new AnswerQueue(MaxQueued);
        await Halves.RunAsync(
            [
                ending => ReadAsync(call.ResponseStream, answers, ending),
                ending => answers.RunAsync(call.RequestStream, session.Opening, ending),
            ],
            cancellation).ConfigureAwait(false);
    }

    private async Task ReadAsync(
        IAsyncStreamReader<AnswerResponse> questions, AnswerQueue answers, CancellationToken cancellation)
    {
        while (await questions.MoveNext(cancellation).ConfigureAwait(false))
        {
            Ask(questions.Current, answers);
        }
    }

    private void Ask(AnswerResponse asked, AnswerQueue answers)
    {
        Question? question = asked.QuestionCase switch
        {
            AnswerResponse.QuestionOneofCase.Get => new GetKey(asked.Get.Key.Memory),
            AnswerResponse.QuestionOneofCase.Scan => new ScanKeys(
                asked.Scan.Prefix.Memory, asked.Scan.AfterKey.Memory, Limit(asked.Scan.Limit)),
            AnswerResponse.QuestionOneofCase.Top => new TopKeys(Limit(asked.Top.Limit)),
            _ => null,
        };
        var ask = new AskTask(
            asked.QuestionId,
            new TaskId(asked.TaskId),
            new Epoch(asked.Epoch),
            asked.MinPosition,
            question ?? new TopKeys(0),
            clock.Uptime + _maxWait,
            answers);
        if (question is null)
        {
            answers.Refused(ask, "BAD_FIELD");
        }
        else if (!_loops!.TryAsk(ask))
        {
            answers.Refused(ask, "STALE_EPOCH");
        }
    }

    private static int Limit(uint limit) => (int)Math.Min(limit, MaxEntries);
}
