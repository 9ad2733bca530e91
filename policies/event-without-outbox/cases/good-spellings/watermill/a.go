import "github.com/ThreeDotsLabs/watermill/components/forwarder"
