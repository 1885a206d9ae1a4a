module clients

go 1.21

require (
	github.com/hyperonecom/h1-client-go v0.0.0-20220420155144-3e4817892e7c
	github.com/hyperonecom/h1-credentials-helper-go v0.0.0-20220413103723-b8814836b2c9
)

require (
	github.com/golang/protobuf v1.4.2 // indirect
	golang.org/x/crypto v0.0.0-20201012173705-84dcc777aaee // indirect
	golang.org/x/net v0.0.0-20200822124328-c89045814202 // indirect
	golang.org/x/oauth2 v0.0.0-20210323180902-22b0adad7558 // indirect
	google.golang.org/appengine v1.6.6 // indirect
	google.golang.org/protobuf v1.25.0 // indirect
	gopkg.in/square/go-jose.v2 v2.5.1 // indirect
)
