using Grpc.Core;
using Millrace.Common.Model;
using Millrace.Common.Wire;
using Millrace.Protocol.Type.V1;

namespace Millrace.Common.Tests.Wire;

public sealed class RefusalStatusTests
{
    [Test]
    public void Find_OfEveryKindOfRefusal_GivesItBack([Values] RefusalKind kind)
    {
        var refusal = new Refusal(kind, "NO_SUCH_TOPIC", "There is no topic wörds.")
        {
            Metadata = new Dictionary<string, string> { ["topic"] = "wörds", ["field"] = "topic" },
        };
        Refusal? found = RefusalStatus.Find(refusal.ToRpcException());
        Assert.That(found, Is.Not.Null);
        Assert.That((found.Kind, found.Reason, found.Message), Is.EqualTo((kind, refusal.Reason, refusal.Message)));
        Assert.That(found.Metadata, Is.EquivalentTo(refusal.Metadata));
    }

    [Test]
    public void Find_OfARefusalThatSaysWhenToComeAgain_GivesThatBack()
    {
        var refusal = new Refusal(RefusalKind.ResourceExhausted, "OVERLOADED", "Too much.")
        {
            RetryAfter = TimeSpan.FromMilliseconds(1500),
        };
        RpcException exception = refusal.ToRpcException();
        Assert.That(RefusalStatus.Find(exception)!.RetryAfter, Is.EqualTo(refusal.RetryAfter));
        ErrorStatus status = ErrorStatus.Parser.ParseFrom(
            exception.Trailers.GetValueBytes(RefusalStatus.DetailsTrailer));
        Assert.That(status.Details[1].TypeUrl, Is.EqualTo("type.googleapis.com/google.rpc.RetryInfo"));
    }

    [Test]
    public void ToRpcException_OfAnyRefusal_CarriesTheStandardDetails()
    {
        RpcException exception = Refusal.BadField("topic", "topic is missing.").ToRpcException();
        ErrorStatus status = ErrorStatus.Parser.ParseFrom(
            exception.Trailers.GetValueBytes(RefusalStatus.DetailsTrailer));
        Assert.Multiple(() =>
        {
            Assert.That(exception.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
            Assert.That(exception.Trailers.GetValue(RefusalStatus.ReasonTrailer), Is.EqualTo("BAD_FIELD"));
            Assert.That(status.Code, Is.EqualTo((int)StatusCode.InvalidArgument));
            Assert.That(status.Details.Single().TypeUrl, Is.EqualTo("type.googleapis.com/google.rpc.ErrorInfo"));
        });
    }

    [Test]
    public void ToRpcException_OfHugeValues_KeepsTrailersSmall()
    {
        string huge = new('x', 1_000_000);
        RpcException exception = Refusal.BadField("topic", huge).ToRpcException();
        Assert.That(exception.Trailers.GetValueBytes(RefusalStatus.DetailsTrailer), Has.Length.LessThan(2000));
    }

    [Test]
    public void Find_OfAFailureThatIsNoRefusal_IsNull() =>
        Assert.Multiple(() =>
        {
            Assert.That(RefusalStatus.Find(new RpcException(new Status(StatusCode.Unavailable, "down"))), Is.Null);
            Assert.That(RefusalStatus.Find(new RpcException(new Status(StatusCode.Internal, "bug"))), Is.Null);
        });

    [Test]
    public void Find_OfDetailsThatCannotBeRead_KeepsTheReason()
    {
        var trailers = new Metadata
        {
            { RefusalStatus.ReasonTrailer, "SEQUENCE_GAP" },
            { RefusalStatus.DetailsTrailer, [0xFF, 0xFF] },
        };
        var exception = new RpcException(new Status(StatusCode.FailedPrecondition, "gap"), trailers);
        Assert.That(RefusalStatus.Find(exception)?.Reason, Is.EqualTo("SEQUENCE_GAP"));
    }
}
