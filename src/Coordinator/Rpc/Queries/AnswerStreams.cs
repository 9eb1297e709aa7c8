using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Millrace.Common.Model;
using Millrace.Coordinator.Logs;
using Millrace.Coordinator.Rpc.Sessions;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Queries;

/// <summary>The workers' answer streams, by session.</summary>
internal sealed class AnswerStreams(OpenSessions sessions, ILogger log)
{
    private readonly ConcurrentDictionary<ulong, AnswerLine> _lines = new();
    private long _lastQuestion;

    /// <summary>Asks the worker of a session. Null: it has no answer stream, or that ended first.</summary>
    /// <param name="question">Gets a number here.</param>
    public async Task<Proto.TaskAnswer?> AskAsync(
        ulong session, Proto.AnswerResponse question, CancellationToken cancellation)
    {
        if (!_lines.TryGetValue(session, out AnswerLine? line))
        {
            return null;
        }

        question.QuestionId = (ulong)Interlocked.Increment(ref _lastQuestion);
        return await line.AskAsync(question, cancellation);
    }

    /// <summary>Runs one answer stream until it or its session ends. A newer one of a session replaces an older
    /// one.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<Proto.AnswerRequest> requests,
        IServerStreamWriter<Proto.AnswerResponse> responses,
        CancellationToken cancellation)
    {
        if (!await requests.MoveNext(cancellation)
            || requests.Current.MessageCase != Proto.AnswerRequest.MessageOneofCase.Open)
        {
            throw new RefusalException(
                Refusal.BadField("message", "The first message on an answer stream must be an open."));
        }

        OpenSession session = sessions.Require(requests.Current.Open);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, session.Closed.Token);
        var line = new AnswerLine();
        _lines.AddOrUpdate(session.Number, line, (_, older) =>
        {
            older.Close();
            return line;
        });
        log.AnswersOpened(session.Worker, session.Number);
        Task reading = ReadAsync(requests, line, both.Token);
        try
        {
            await foreach (Proto.AnswerResponse question in line.Questions.ReadAllAsync(both.Token))
            {
                await responses.WriteAsync(question, both.Token);
            }
        }
        catch (OperationCanceledException) when (session.Closed.IsCancellationRequested)
        {
            // The worker opens another one with its next session.
        }
        finally
        {
            _lines.TryRemove(KeyValuePair.Create(session.Number, line));
            line.Close();
            await both.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ReadAsync(
        IAsyncStreamReader<Proto.AnswerRequest> requests, AnswerLine line, CancellationToken cancellation)
    {
        try
        {
            while (await requests.MoveNext(cancellation))
            {
                if (requests.Current.MessageCase == Proto.AnswerRequest.MessageOneofCase.Answer)
                {
                    line.Take(requests.Current.Answer);
                }
            }
        }
        finally
        {
            line.Close();
        }
    }
}
