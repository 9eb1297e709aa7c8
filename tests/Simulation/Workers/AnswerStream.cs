using Google.Protobuf;
using Millrace.Protocol.Worker.V1;
using Millrace.Simulation.Network;
using Millrace.Worker.Core.Operators;
using Millrace.Worker.Run;

namespace Millrace.Simulation.Workers;

/// <summary>A worker's end of its stream for answers.</summary>
internal sealed class AnswerStream(StreamEnd end) : IAnswerSink
{
    public void Answered(AskTask asked, Answer answer, ulong position)
    {
        TaskAnswer message = To(asked);
        message.Position = position;
        message.Entries.AddRange(answer.Entries.Select(
            e => new KeyCount { Key = ByteString.CopyFrom(e.Key), Count = e.Count }));
        end.Send(message);
    }

    public void Refused(AskTask asked, string reason)
    {
        TaskAnswer message = To(asked);
        message.Error = reason;
        end.Send(message);
    }

    private static TaskAnswer To(AskTask asked) =>
        new() { QuestionId = asked.QuestionId, TaskId = asked.Task.Value, Epoch = asked.Epoch.Value };
}
