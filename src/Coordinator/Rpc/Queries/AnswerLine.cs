using System.Collections.Concurrent;
using System.Threading.Channels;
using Proto = Millrace.Protocol.Worker.V1;

namespace Millrace.Coordinator.Rpc.Queries;

/// <summary>One worker's answer stream: questions out through a bounded queue, answers in by the question's
/// number.</summary>
internal sealed class AnswerLine
{
    private const int MaxQueuedQuestions = 1_024;

    private readonly Channel<Proto.AnswerResponse> _questions = Channel.CreateBounded<Proto.AnswerResponse>(
        new BoundedChannelOptions(MaxQueuedQuestions) { SingleReader = true });

    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<Proto.TaskAnswer?>> _pending = new();

    public ChannelReader<Proto.AnswerResponse> Questions => _questions.Reader;

    /// <summary>Null: the stream ended first.</summary>
    public async Task<Proto.TaskAnswer?> AskAsync(Proto.AnswerResponse question, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<Proto.TaskAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[question.QuestionId] = answer;
        try
        {
            await _questions.Writer.WriteAsync(question, cancellation);
            return await answer.Task.WaitAsync(cancellation);
        }
        catch (ChannelClosedException)
        {
            return null;
        }
        finally
        {
            _pending.TryRemove(question.QuestionId, out _);
        }
    }

    /// <summary>An answer that nobody waits for any more is dropped.</summary>
    public void Take(Proto.TaskAnswer answer)
    {
        if (_pending.TryRemove(answer.QuestionId, out TaskCompletionSource<Proto.TaskAnswer?>? waiting))
        {
            waiting.TrySetResult(answer);
        }
    }

    public void Close()
    {
        _questions.Writer.TryComplete();
        foreach (TaskCompletionSource<Proto.TaskAnswer?> waiting in _pending.Values)
        {
            waiting.TrySetResult(null);
        }
    }
}
