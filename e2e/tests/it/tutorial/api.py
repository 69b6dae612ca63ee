from flask import Flask, request
from flask_restful import Resource, Api, reqparse
from flask_cors import CORS
import requests

app = Flask(__name__)
api = Api(app)
CORS(app)

class Tokens(Resource):
  def post(self):
    authorizationCode = request.get_data().decode()
    response = requests.post('$[authServerUrl]/v1/token', data = 'grant_type=authorization_code&redirect_uri=http://localhost:80/&code=' + authorizationCode, headers= {'Authorization':'Basic base64encoded{yourAPIKey:yourAPISecret}', 'Accept':'application/json', 'Content-Type':'application/x-www-form-urlencoded' })
    app.logger.debug(response.json())
    return response.json()

api.add_resource(Tokens, '/v1/token')

if __name__ == "__main__":
  app.run(debug=True)
