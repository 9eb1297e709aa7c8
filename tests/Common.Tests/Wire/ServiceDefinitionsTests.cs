using Grpc.Core;
using Millrace.Common.Wire;
using Millrace.Protocol.Worker.V1;

namespace Millrace.Common.Tests.Wire;

public sealed class ServiceDefinitionsTests
{
    [Test]
    public void Combine_OfARawAndAGeneratedDefinition_HasEveryMethodOnceAndTheRawOneFirst()
    {
        ServerServiceDefinition raw = ServerServiceDefinition.CreateBuilder()
            .AddMethod(WorkerMethods.Fetch, FetchAsync)
            .Build();
        ServerServiceDefinition generated = WorkerProtocolService.BindService(new Nothing());
        var seen = new Recorder();
        ServiceDefinitions.Combine(raw, generated).BindService(seen);
        Assert.That(seen.Names, Is.Unique);
        Assert.That(seen.Names, Has.Count.EqualTo(WorkerProtocolService.Descriptor.Methods.Count));
        Assert.That(seen.FetchResponse, Is.EqualTo(typeof(RawFetchResponse)));
    }

    private static Task FetchAsync(
        IAsyncStreamReader<FetchRequest> requests,
        IServerStreamWriter<RawFetchResponse> responses,
        ServerCallContext context) => Task.CompletedTask;

    private sealed class Nothing : WorkerProtocolService.WorkerProtocolServiceBase;

    private sealed class Recorder : ServiceBinderBase
    {
        public List<string> Names { get; } = [];

        public Type? FetchResponse { get; private set; }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            Names.Add(method.Name);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
            Names.Add(method.Name);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            Names.Add(method.Name);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
        {
            Names.Add(method.Name);
            FetchResponse = method.Name == "Fetch" ? typeof(TResponse) : FetchResponse;
        }
    }
}
