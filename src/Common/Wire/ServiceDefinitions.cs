using Google.Protobuf;
using Grpc.Core;
using Millrace.Common.Model;

namespace Millrace.Common.Wire;

/// <summary>Makes one service of several definitions: raw handlers for the hot methods, generated ones for the
/// rest. A request that is no protobuf message is refused by name, whichever method it was for.</summary>
public static class ServiceDefinitions
{
    /// <summary>Of a method that occurs more than once the first handler counts. A server must be given each method
    /// once.</summary>
    public static ServerServiceDefinition Combine(params ReadOnlySpan<ServerServiceDefinition> definitions)
    {
        var collector = new Collector();
        foreach (ServerServiceDefinition definition in definitions)
        {
            definition.BindService(collector);
        }

        return collector.Build();
    }

    private static Method<TRequest, TResponse> Guarded<TRequest, TResponse>(Method<TRequest, TResponse> method)
        where TRequest : class
        where TResponse : class
    {
        Marshaller<TRequest> requests = method.RequestMarshaller;
        return new Method<TRequest, TResponse>(
            method.Type,
            method.ServiceName,
            method.Name,
            Marshallers.Create<TRequest>(requests.ContextualSerializer, Read),
            method.ResponseMarshaller);

        TRequest Read(DeserializationContext context)
        {
            try
            {
                return requests.ContextualDeserializer(context);
            }
            catch (InvalidProtocolBufferException error)
            {
                throw Malformed(error).ToRpcException();
            }
        }
    }

    private static Refusal Malformed(InvalidProtocolBufferException error) => new(
        RefusalKind.InvalidArgument,
        "MALFORMED_MESSAGE",
        $"The message is not a valid protobuf message: {error.Message} Encode it with the published protos.");

    private sealed class Collector : ServiceBinderBase
    {
        private readonly ServerServiceDefinition.Builder _builder = ServerServiceDefinition.CreateBuilder();
        private readonly HashSet<string> _names = [];

        public ServerServiceDefinition Build() => _builder.Build();

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        {
            if (IsNew(method))
            {
                _builder.AddMethod(Guarded(method), handler!);
            }
        }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
        {
            if (IsNew(method))
            {
                _builder.AddMethod(Guarded(method), handler!);
            }
        }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
        {
            if (IsNew(method))
            {
                _builder.AddMethod(Guarded(method), handler!);
            }
        }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
        {
            if (IsNew(method))
            {
                _builder.AddMethod(Guarded(method), handler!);
            }
        }

        private bool IsNew(IMethod method) => _names.Add(method.FullName);
    }
}
