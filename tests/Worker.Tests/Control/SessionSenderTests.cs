using Grpc.Core;
using Millrace.Protocol.Worker.V1;
using Millrace.Worker.Control;

namespace Millrace.Worker.Tests.Control;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionSenderTests
{
    private readonly CancellationTokenSource _givenUp = new();

    [TearDown]
    public void Stop() => _givenUp.Dispose();

    [Test]
    public async Task Send_AfterComplete_IsDroppedAndWhatWasQueuedIsWritten()
    {
        var stream = new RecordingStream();
        var sender = new SessionSender(stream, _givenUp);
        sender.Send(new() { Goodbye = new() });
        sender.Complete();
        sender.TrySend(new Heartbeat());
        await sender.RunAsync(default);
        Assert.Multiple(() =>
        {
            Assert.That(stream.Written, Is.EqualTo(new[] { SessionRequest.MessageOneofCase.Goodbye }));
            Assert.That((stream.IsCompleted, _givenUp.IsCancellationRequested), Is.EqualTo((true, false)));
        });
    }

    [Test]
    public void Send_WhenTheOtherSideReadsNothing_GivesTheSessionUp()
    {
        var sender = new SessionSender(new RecordingStream(), _givenUp);
        for (int i = 0; i < 70_000; i++)
        {
            sender.TrySend(new Heartbeat());
        }

        Assert.That(() => _givenUp.IsCancellationRequested, Is.True.After(10_000, 1));
    }

    [Test]
    public void RunAsync_WhenAWriteFails_GivesTheSessionUp()
    {
        var sender = new SessionSender(new RecordingStream { Failure = new IOException("gone") }, _givenUp);
        sender.TrySend(new Heartbeat());
        Assert.That(async () => await sender.RunAsync(default), Throws.InstanceOf<IOException>());
        Assert.That(() => _givenUp.IsCancellationRequested, Is.True.After(10_000, 1));
    }

    private sealed class RecordingStream : IClientStreamWriter<SessionRequest>
    {
        public List<SessionRequest.MessageOneofCase> Written { get; } = [];

        public bool IsCompleted { get; private set; }

        public Exception? Failure { get; init; }

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(SessionRequest message)
        {
            if (Failure is not null)
            {
                throw Failure;
            }

            Written.Add(message.MessageCase);
            return Task.CompletedTask;
        }

        public Task WriteAsync(SessionRequest message, CancellationToken cancellationToken) => WriteAsync(message);

        public Task CompleteAsync()
        {
            IsCompleted = true;
            return Task.CompletedTask;
        }
    }
}
