using Google.Protobuf;
using Grpc.Core;

namespace Millrace.Common.Wire;

/// <summary>Marshallers of generated messages, for methods of which only one side is raw.</summary>
public static class WireMarshallers
{
    public static Marshaller<T> Generated<T>()
        where T : class, IMessage<T>, new() => Holder<T>.Marshaller;

    private static class Holder<T>
        where T : class, IMessage<T>, new()
    {
        private static readonly MessageParser<T> _parser = new(() => new T());

        public static readonly Marshaller<T> Marshaller = Marshallers.Create<T>(
            static (message, context) =>
            {
                context.SetPayloadLength(message.CalculateSize());
                message.WriteTo(context.GetBufferWriter());
                context.Complete();
            },
            static context => _parser.ParseFrom(context.PayloadAsReadOnlySequence()));
    }
}
