namespace Millrace.Coordinator.Core.Recovery;

/// <summary>What recovery sees of a journal: segments with places at which frames may start.</summary>
internal interface IFrameSource
{
    /// <summary>Frames of a later version cannot be read.</summary>
    int NewestVersion { get; }

    /// <summary>Start of the oldest segment that is there; null: there is none.</summary>
    ulong? First { get; }

    /// <summary>Where the frame after one that ends there starts.</summary>
    ulong PlaceAfter(ulong end);

    /// <summary>Start of the segment that holds this position.</summary>
    ulong SegmentStart(ulong position);

    /// <summary>The segment that holds this place is there.</summary>
    bool Has(ulong place);

    /// <summary>The generation that frames in the place's segment must carry.</summary>
    uint GenerationAt(ulong place);

    /// <summary>Every place above this one, in the segments that are there, at which a frame could start.</summary>
    IEnumerable<ulong> PlacesAbove(ulong place);

    /// <summary>The header of what looks like a frame; null when nothing there does.</summary>
    FrameHead? Peek(ulong place);

    /// <summary>The whole frame is there and its checksum is right.</summary>
    bool Verify(ulong place);

    /// <summary>Decodes a verified frame.</summary>
    FrameFacts Facts(ulong place);

    /// <summary>File and byte, for people.</summary>
    string Describe(ulong place);
}
