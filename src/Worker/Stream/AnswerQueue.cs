using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Run;

namespace Millrace.Worker.Stream;

/// <summary>The answers of one answer stream on their way out. An answer that does not fit is dropped: the coordinator
/// asks again.</summary>
internal sealed class AnswerQueue(int capacity) : IAnswerSink
{
    private readonly Channel<TaskAnswer> _queue = Channel.CreateBounded<TaskAnswer>(
        new BoundedChannelOptions(capacity) { SingleReader = true });

    public void Answered(AskTask asked, Answer answer, ulong position)
    {
        var message = new TaskAnswer
        {
            QuestionId = asked.QuestionId,
            TaskId = asked.Task.Value,
            Epoch = asked.Epoch.Value,
            Position = position,
            KeyCount = (ulong)answer.KeyCount,
        };
        foreach (Core.State.KeyCount entry in answer.Entries)
        {
            message.Entries.Add(new Protocol.Worker.V1.KeyCount
            {
                Key = UnsafeByteOperations.UnsafeWrap(entry.Key),
                Count = entry.Count,
            });
        }

        _queue.Writer.TryWrite(message);
    }

    public void Refused(AskTask asked, string reason) => _queue.Writer.TryWrite(new TaskAnswer
    {
        QuestionId = asked.QuestionId,
        TaskId = asked.Task.Value,
        Epoch = asked.Epoch.Value,
        Error = reason,
    });

    /// <summary>Opens the stream and writes answers until cancelled.</summary>
    public async Task RunAsync(
        IClientStreamWriter<AnswerRequest> requests, FetchOpen opening, CancellationToken cancellation)
    {
        await requests.WriteAsync(new AnswerRequest { Open = opening }, cancellation).ConfigureAwait(false);
        await foreach (TaskAnswer answer in _queue.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            await requests.WriteAsync(new AnswerRequest { Answer = answer }, cancellation).ConfigureAwait(false);
        }
    }
}
