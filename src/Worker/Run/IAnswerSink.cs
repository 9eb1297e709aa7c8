using Millrace.Worker.Core.Operators;

namespace Millrace.Worker.Run;

/// <summary>Hears the answers to questions. Called on a run loop: must return at once.</summary>
internal interface IAnswerSink
{
    /// <param name="position">The answer is true as of this journal position.</param>
    void Answered(AskTask asked, Answer answer, ulong position);

    /// <param name="reason">A stable UPPER_SNAKE word.</param>
    void Refused(AskTask asked, string reason);
}
