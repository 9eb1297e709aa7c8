using Grpc.Core;

namespace Millrace.Common.Wire;

/// <summary>Makes one service of several definitions: raw handlers for the hot methods, generated ones for the
/// rest.</summary>
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
                _builder.AddMethod(method, handler!);
            }
        }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
        {
            if (IsNew(method))
            {
                _builder.AddMethod(method, handler!);
            }
        }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
        {
            if (IsNew(method))
            {
                _builder.AddMethod(method, handler!);
            }
        }

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
        {
            if (IsNew(method))
            {
                _builder.AddMethod(method, handler!);
            }
        }

        private bool IsNew(IMethod method) => _names.Add(method.FullName);
    }
}
